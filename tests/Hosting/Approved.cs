using System.Runtime.CompilerServices;

namespace ClaudeManage.Tests.Hosting;

/// <summary>
/// Texts others rely on, kept in files: a change shows up as a difference in review, not as an outage. To approve a change, run the tests
/// once with <c>CM_APPROVE=1</c> and commit the file.
/// </summary>
public static class Approved
{
    /// <summary>Compares with <c>approved/&lt;name&gt;</c> beside the calling test's file.</summary>
    public static void Verify(string name, string actual, [CallerFilePath] string testFile = "") =>
        VerifyFile(Path.Combine(Path.GetDirectoryName(testFile)!, "approved", name), actual);

    /// <summary>Compares with a file anywhere in the repository.</summary>
    public static void VerifyFile(string path, string actual)
    {
        actual = actual.ReplaceLineEndings("\n").TrimEnd() + "\n";
        var expected = File.Exists(path) ? File.ReadAllText(path).ReplaceLineEndings("\n") : "";
        if (actual == expected) return;
        if (Environment.GetEnvironmentVariable("CM_APPROVE") == "1")
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllText(path, actual);
            return;
        }
        throw new InvalidOperationException(
            $"{path} differs from what the code gives.\n{Difference(expected, actual)}\nIf the change is meant, run the test with CM_APPROVE=1 and commit the file.");
    }

    static string Difference(string expected, string actual)
    {
        var (old, now) = (expected.Split('\n'), actual.Split('\n'));
        var gone = old.Except(now).Take(20).Select(l => "- " + l);
        var added = now.Except(old).Take(20).Select(l => "+ " + l);
        var text = string.Join('\n', gone.Concat(added));
        return text.Length > 0 ? text : "(the order of lines changed)";
    }
}
