using System.Globalization;
using System.Text.Json;
using ClaudeManage.Contracts.Http;
using ClaudeManage.ServiceDefaults.Auth;
using ClaudeManage.ServiceDefaults.Edge;
using ClaudeManage.ServiceDefaults.Hosting;
using ClaudeManage.Supervisor.Domain;

namespace ClaudeManage.Supervisor.Running;

/// <summary>The files of one session: <c>sessions/&lt;id&gt;/</c>, readable by its owner only.</summary>
sealed class SessionDirectory
{
    const string ClaimName = "claim.json";

    SessionDirectory(string path) => Path = path;

    public string Path { get; }

    /// <summary>Everything the agent prints, both streams.</summary>
    public string Transcript => File("transcript.log");

    public string Prompt => File("prompt.md");

    public string Result => File("result.json");

    /// <summary>What was said to the session while it runs, a JSON object per line.</summary>
    public string Nudges => File("nudges.jsonl");

    /// <summary>Holds the exit code once the program has ended; written by its wrapper, so it is there even when no supervisor was.</summary>
    public string Exit => File("exit");

    /// <summary>Holds how long the transcript was when a step's command began: what its setup printed is not its own.</summary>
    string Begin => File("begin");

    /// <summary>Nothing is made.</summary>
    public static SessionDirectory Of(DataDirectory data, Guid session) => new(System.IO.Path.Combine(data.Root, "sessions", session.ToString()));

    /// <summary>The sessions that have files here.</summary>
    public static IEnumerable<Guid> All(DataDirectory data)
    {
        var root = System.IO.Path.Combine(data.Root, "sessions");
        if (!Directory.Exists(root)) yield break;
        foreach (var path in Directory.EnumerateDirectories(root))
            if (Guid.TryParse(System.IO.Path.GetFileName(path), out var session)) yield return session;
    }

    public void Create()
    {
        if (OperatingSystem.IsWindows()) Directory.CreateDirectory(Path);
        else Directory.CreateDirectory(Path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    /// <summary>The lease's token is shown once and only its hash is kept by the town, so a restarted supervisor has it from here.</summary>
    public void SaveClaim(ClaimResult claim) => PrivateFile.Write(File(ClaimName), JsonSerializer.Serialize(claim, JsonSettings.Web));

    public ClaimResult? ReadClaim()
    {
        try { return JsonSerializer.Deserialize<ClaimResult>(System.IO.File.ReadAllText(File(ClaimName)), JsonSettings.Web); }
        catch (Exception e) when (e is IOException or JsonException or UnauthorizedAccessException) { return null; }
    }

    /// <summary>Once nothing is left to be said under the lease.</summary>
    public void ForgetClaim()
    {
        try { System.IO.File.Delete(File(ClaimName)); }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException) { /* the token in it is worth nothing any more */ }
    }

    /// <summary>From here on the transcript is the command's.</summary>
    public void MarkBegin() => System.IO.File.WriteAllText(Begin, Running.Transcript.LengthOf(Transcript).ToString(CultureInfo.InvariantCulture));

    /// <summary>Where the command began in the transcript.</summary>
    public long ReadBegin() => ReadText(Begin, 20) is { } text && long.TryParse(text, CultureInfo.InvariantCulture, out var at) ? at : 0;

    /// <summary>Null when nothing of it is left, else why something is.</summary>
    public string? Remove()
    {
        try
        {
            Directory.Delete(Path, recursive: true);
            return null;
        }
        catch (DirectoryNotFoundException) { return null; }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException) { return $"{Path}: {e.Message}"; }
    }

    public int? ReadExit() => ReadText(Exit, 20) is { } text && int.TryParse(text.Trim(), out var code) ? code : null;

    public ResultFile? ReadResult() => ResultFile.Parse(ReadText(Result, ResultFile.MaxBytes));

    /// <summary>At most so many bytes from the beginning; null when there is no such regular file.</summary>
    static string? ReadText(string path, int max)
    {
        try
        {
            // A worker may have put anything there; a pipe would block the reader for ever.
            if (!System.IO.File.Exists(path) || (!OperatingSystem.IsWindows() && new FileInfo(path) is { LinkTarget: not null })) return null;
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            var bytes = new byte[Math.Min(max, file.Length)];
            return System.Text.Encoding.UTF8.GetString(bytes, 0, file.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or NotSupportedException) { return null; }
    }

    string File(string name) => System.IO.Path.Combine(Path, name);
}
