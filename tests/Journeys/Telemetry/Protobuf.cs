using System.Buffers.Binary;
using System.Text;

namespace ClaudeManage.Journeys.Telemetry;

/// <summary>One field of a protobuf message. Just enough of the format to read OTLP by field numbers.</summary>
/// <param name="Value">Of a number; a double by its bits.</param>
/// <param name="Bytes">Of a text, a byte string or an embedded message.</param>
readonly record struct ProtoField(int Number, ulong Value, ReadOnlyMemory<byte> Bytes)
{
    public string Text => Encoding.UTF8.GetString(Bytes.Span);

    public string Hex => Convert.ToHexStringLower(Bytes.Span);

    public double Double => BitConverter.UInt64BitsToDouble(Value);

    public IReadOnlyList<ProtoField> Message => Protobuf.Read(Bytes);
}

static class Protobuf
{
    public static IReadOnlyList<ProtoField> Read(ReadOnlyMemory<byte> message)
    {
        var fields = new List<ProtoField>();
        for (var at = 0; at < message.Length;)
        {
            var tag = Varint(message.Span, ref at);
            var number = (int)(tag >> 3);
            switch (tag & 7)
            {
                case 0:
                    fields.Add(new(number, Varint(message.Span, ref at), default));
                    break;
                case 1:
                    fields.Add(new(number, BinaryPrimitives.ReadUInt64LittleEndian(message.Span[at..]), default));
                    at += 8;
                    break;
                case 2:
                    var length = (int)Varint(message.Span, ref at);
                    fields.Add(new(number, 0, message.Slice(at, length)));
                    at += length;
                    break;
                case 5:
                    fields.Add(new(number, BinaryPrimitives.ReadUInt32LittleEndian(message.Span[at..]), default));
                    at += 4;
                    break;
                default:
                    throw new InvalidDataException($"wire type {tag & 7} of field {number} at {at}");
            }
        }
        return fields;
    }

    public static IEnumerable<ProtoField> Of(this IEnumerable<ProtoField> fields, int number) => fields.Where(f => f.Number == number);

    public static ProtoField One(this IEnumerable<ProtoField> fields, int number) => fields.LastOrDefault(f => f.Number == number);

    static ulong Varint(ReadOnlySpan<byte> bytes, ref int at)
    {
        ulong value = 0;
        for (var shift = 0; ; shift += 7)
        {
            var b = bytes[at++];
            value |= (ulong)(b & 0x7f) << shift;
            if (b < 0x80) return value;
        }
    }
}
