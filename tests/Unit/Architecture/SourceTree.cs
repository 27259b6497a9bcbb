using System.Xml.Linq;

namespace ClaudeManage.Unit.Architecture;

/// <summary>The repository as text: projects, their references, their files. Rules are judged on it, real or planted.</summary>
sealed class SourceTree(IReadOnlyDictionary<string, string> files)
{
    /// <summary>Path (with forward slashes, from the root) → text.</summary>
    public IReadOnlyDictionary<string, string> Files { get; } = files;

    /// <summary>Folder of each project → folders it references.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<string>> References { get; } = files
        .Where(f => f.Key.EndsWith(".csproj", StringComparison.Ordinal))
        .ToDictionary(f => Folder(f.Key), f => (IReadOnlyList<string>)[.. XDocument.Parse(f.Value).Descendants("ProjectReference").Select(r => Folder(Join(Folder(f.Key), r.Attribute("Include")!.Value)))]);

    /// <summary>The services there are, by folder name.</summary>
    public IReadOnlyList<string> Services => [.. References.Keys.Where(f => f.StartsWith("services/", StringComparison.Ordinal)).Select(f => f["services/".Length..]).Order()];

    /// <summary>The checkout these tests were built from.</summary>
    public static SourceTree Load()
    {
        var root = Root();
        var files = Directory.EnumerateFiles(root, "*", SearchOption.AllDirectories)
            .Select(f => Path.GetRelativePath(root, f).Replace('\\', '/'))
            .Where(f => f.EndsWith(".cs", StringComparison.Ordinal) || f.EndsWith(".csproj", StringComparison.Ordinal) || f.EndsWith(".sln", StringComparison.Ordinal) || f == "docs/telemetry.md")
            .Where(f => !f.StartsWith("artifacts/", StringComparison.Ordinal) && !f.Contains("/obj/") && !f.Contains("/bin/"));
        return new SourceTree(files.ToDictionary(f => f, f => File.ReadAllText(Path.Combine(root, f))));
    }

    /// <summary>The same tree with something added or replaced.</summary>
    public SourceTree With(string path, string text) => new(new Dictionary<string, string>(Files) { [path] = text });

    /// <summary>The repository's root directory.</summary>
    public static string Root()
    {
        for (var d = new DirectoryInfo(AppContext.BaseDirectory); d is not null; d = d.Parent)
            if (File.Exists(Path.Combine(d.FullName, "ClaudeManage.sln"))) return d.FullName;
        throw new InvalidOperationException("These tests run from inside the repository.");
    }

    static string Folder(string path) => path[..path.LastIndexOf('/')];

    static string Join(string folder, string relative)
    {
        var parts = folder.Split('/').ToList();
        foreach (var part in relative.Replace('\\', '/').Split('/'))
        {
            if (part == "..") parts.RemoveAt(parts.Count - 1);
            else parts.Add(part);
        }
        return string.Join('/', parts);
    }
}
