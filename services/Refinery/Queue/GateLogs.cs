using System.Text;
using ClaudeManage.ServiceDefaults.Hosting;
using Microsoft.Extensions.Options;

namespace ClaudeManage.Refinery.Queue;

/// <summary>Output of gates on disk: one file for the set-up and one per try.</summary>
sealed class GateLogs(DataDirectory data, IOptions<RefineryOptions> options)
{
    const int TailBytes = 6000;
    const int TailLines = 60;

    string Root => options.Value.GateLogDirectory ?? data.For("refinery", "gate-runs");

    string Folder(Guid run) => Directory.CreateDirectory(Path.Combine(Root, run.ToString("N")[..4])).FullName;

    /// <summary>Files that nobody has written to since then.</summary>
    public IEnumerable<(Guid Run, string Path)> Before(DateTimeOffset time)
    {
        if (!Directory.Exists(Root)) yield break;
        foreach (var path in Directory.EnumerateFiles(Root, "*.log", SearchOption.AllDirectories))
            if (File.GetLastWriteTimeUtc(path) < time.UtcDateTime && Guid.TryParseExact(Path.GetFileName(path).Split('.')[0], "N", out var run)) yield return (run, path);
    }

    public string Setup(Guid run) => Path.Combine(Folder(run), $"{run:N}.setup.log");

    public string Try(Guid run, int number) => Path.Combine(Folder(run), $"{run:N}.{number}.log");

    /// <summary>What there is, in order, with a title each.</summary>
    public IReadOnlyList<(string Title, string Path)> Of(Guid run, int tries)
    {
        var files = new List<(string, string)> { ("set-up", Setup(run)) };
        for (var number = 1; number <= Math.Max(tries, 1); number++) files.Add(($"try {number}", Try(run, number)));
        return [.. files.Where(f => File.Exists(f.Item2))];
    }

    /// <summary>The end of a file, in whole lines, as text.</summary>
    public static string Tail(string path)
    {
        if (!File.Exists(path)) return "";
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        var from = Math.Max(0, file.Length - TailBytes);
        file.Seek(from, SeekOrigin.Begin);
        var bytes = new byte[file.Length - from];
        file.ReadExactly(bytes);
        var text = new string([.. Encoding.UTF8.GetString(bytes).Where(c => c is '\n' or '\t' || !char.IsControl(c))]);
        if (from > 0 && text.IndexOf('\n') is >= 0 and var cut && cut < text.Length - 1) text = text[(cut + 1)..];
        var lines = text.TrimEnd().Split('\n');
        return string.Join('\n', lines.TakeLast(TailLines));
    }

    public static void Note(string path, string text) => File.AppendAllText(path, text.EndsWith('\n') ? text : text + "\n");
}
