using System.Text.Json;

namespace ClaudeManage.Cli.Import.Beads;

/// <summary>One line of a file, parsed. <paramref name="Where"/> is <c>file:line</c>.</summary>
sealed record SourceLine(string Where, JsonElement Json);

/// <summary>The files of Beads data, read: full export lines, or the tables of a dump side by side.</summary>
sealed record BeadsData(
    IReadOnlyList<SourceLine> Issues, IReadOnlyList<SourceLine> Labels, IReadOnlyList<SourceLine> Dependencies, IReadOnlyList<SourceLine> Comments, int Events);

/// <summary>Finds and reads <c>issues.jsonl</c> and what lies beside it.</summary>
static class BeadsFiles
{
    /// <summary>Longest line, in characters.</summary>
    const int MaxLine = 16 * 1024 * 1024;

    static readonly System.Text.UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>A directory with issues.jsonl (also in its <c>.beads</c>), or a file.</summary>
    /// <exception cref="BeadsException">Not there, or a line that cannot be read.</exception>
    public static BeadsData Read(string path)
    {
        if (File.Exists(path)) return new BeadsData(Lines(path), [], [], [], 0);
        string[] places = [path, Path.Combine(path, ".beads"), Path.Combine(path, ".beads", "backup")];
        var directory = places.FirstOrDefault(d => File.Exists(Path.Combine(d, "issues.jsonl")))
            ?? throw new BeadsException($"There is no {path} with an issues.jsonl, nor one in its .beads. Name the file or its directory.");
        IReadOnlyList<SourceLine> Beside(string name) => File.Exists(Path.Combine(directory, name)) ? Lines(Path.Combine(directory, name)) : [];
        return new BeadsData(Lines(Path.Combine(directory, "issues.jsonl")), Beside("labels.jsonl"), Beside("dependencies.jsonl"), Beside("comments.jsonl"), Beside("events.jsonl").Count);
    }

    /// <summary>The lines of one text, for tests and for <see cref="Read"/>.</summary>
    public static IReadOnlyList<SourceLine> Lines(string name, TextReader reader)
    {
        var lines = new List<SourceLine>();
        var number = 0;
        try
        {
            while (reader.ReadLine() is { } line)
            {
                number++;
                if (string.IsNullOrWhiteSpace(line)) continue;
                lines.Add(new SourceLine($"{name}:{number}", Parse(line, $"{name}:{number}")));
            }
        }
        catch (System.Text.DecoderFallbackException) { throw new BeadsException($"{name}: somewhere after line {number} are bytes that are not UTF-8. Correct or leave out the line, and repeat."); }
        return lines;
    }

    static IReadOnlyList<SourceLine> Lines(string file)
    {
        using var reader = new StreamReader(file, Strict);
        return Lines(Path.GetFileName(file), reader);
    }

    static JsonElement Parse(string line, string where)
    {
        if (line.Length > MaxLine) throw new BeadsException($"{where} is longer than {MaxLine} characters.");
        try
        {
            var json = JsonElement.Parse(line);
            if (json.ValueKind != JsonValueKind.Object) throw new BeadsException($"{where} is no JSON object.");
            RefuseBadText(json, where);
            return json;
        }
        catch (JsonException e) { throw new BeadsException($"{where} is not JSON: {e.Message} Correct or leave out the line, and repeat."); }
        catch (InvalidOperationException) { throw new BeadsException($"{where} holds a text that is not valid Unicode. Correct or leave out the line, and repeat."); }
    }

    static void RefuseBadText(JsonElement element, string where)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.String when element.GetString()!.Contains('\0'): throw new BeadsException($"{where} holds a NUL character, which is never stored. Leave it out and repeat.");
            case JsonValueKind.Array:
                foreach (var item in element.EnumerateArray()) RefuseBadText(item, where);
                break;
            case JsonValueKind.Object:
                foreach (var field in element.EnumerateObject()) RefuseBadText(field.Value, where);
                break;
        }
    }
}

/// <summary>The data cannot be taken as it is; the message says where and what to do.</summary>
sealed class BeadsException(string message) : Exception(message);
