using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace ClaudeManage.Work.Domain;

/// <summary>What a link of the trail's chain vouches for.</summary>
readonly record struct TrailLink(
    long Sequence, Guid EventId, string EventType, string Actor, string? WorkItemId, string? RigId, string? WorkflowInstanceId, string? ConvoyId,
    DateTimeOffset EmittedAt, DateTimeOffset RecordedAt, string Payload);

/// <summary>
/// The chain of the trail: each row's hash covers every field of it and the hash before it. Fields are written with their
/// length in front, so that no two rows can be written to the same bytes.
/// </summary>
static class TrailHash
{
    /// <summary>What the first row follows.</summary>
    public static readonly string Origin = new('0', 64);

    /// <summary>SHA-256, lower-case hexadecimal.</summary>
    public static string Of(TrailLink link, string previous)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var field in (string?[])
        [
            previous, Number(link.Sequence), link.EventId.ToString("D"), link.EventType, link.Actor, link.WorkItemId, link.RigId,
            link.WorkflowInstanceId, link.ConvoyId, Number(link.EmittedAt.UtcTicks), Number(link.RecordedAt.UtcTicks), link.Payload,
        ]) Append(hash, field);
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    static string Number(long value) => value.ToString(System.Globalization.CultureInfo.InvariantCulture);

    static void Append(IncrementalHash hash, string? field)
    {
        Span<byte> length = stackalloc byte[4];
        var bytes = field is null ? [] : Encoding.UTF8.GetBytes(field);
        BinaryPrimitives.WriteInt32BigEndian(length, field is null ? -1 : bytes.Length);
        hash.AppendData(length);
        hash.AppendData(bytes);
    }
}
