using System.Text.RegularExpressions;
using ClaudeManage.Cli;
using ClaudeManage.Cli.Hosting;

namespace ClaudeManage.CliTests;

/// <summary>Runs <c>cm</c> in this process, in a directory of its own, against a fake town.</summary>
sealed partial class Cm : IDisposable
{
    readonly string _root = System.IO.Directory.CreateTempSubdirectory("cm-cli-test-").FullName;

    public Cm()
    {
        Home = System.IO.Directory.CreateDirectory(Path.Combine(_root, "home")).FullName;
        Directory = System.IO.Directory.CreateDirectory(Path.Combine(_root, "here")).FullName;
        Variables["CM_URL"] = "http://town.test:7117";
        Variables["CM_TOKEN"] = "secret";
    }

    public FakeTown Town { get; } = new();

    public Dictionary<string, string> Variables { get; } = [];

    public string Home { get; }

    public string Directory { get; }

    public string Input { get; set; } = "";

    public bool Interactive { get; set; }

    public int Width { get; set; } = 80;

    public TimeProvider Clock { get; set; } = TimeProvider.System;

    /// <summary>Asks a town that is there, at CM_URL, in place of the fake one.</summary>
    public bool RealNetwork { get; set; }

    public ITownHost Host { get; set; } = new NoHost();

    public async Task<Result> RunAsync(params string[] args)
    {
        var (output, error) = (new StringWriter(), new StringWriter());
        var terminal = new Terminal
        {
            Out = TextWriter.Synchronized(output),
            Error = TextWriter.Synchronized(error),
            In = new StringReader(Input),
            IsInteractive = Interactive,
            Width = Width,
            Variable = name => Variables.GetValueOrDefault(name),
            Directory = Directory,
            Home = Home,
            Clock = Clock,
            Network = RealNetwork ? null : () => Town,
        };
        var code = await CmProgram.RunAsync(args, terminal, Host, TestContext.Current.CancellationToken);
        return new Result(code, output.ToString(), error.ToString());
    }

    public void Dispose() => System.IO.Directory.Delete(_root, recursive: true);

    public sealed record Result(int Code, string Out, string Error)
    {
        /// <summary>Without colours.</summary>
        public string Plain => Colour().Replace(Out, "");

        public string[] Lines => Plain.Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }

    sealed class NoHost : ITownHost
    {
        public Task<int> RunAsync(string dataDirectory, int port, Func<Uri, Task> listening, CancellationToken ct) => throw new InvalidOperationException("no town in this test");
    }

    [GeneratedRegex("\u001b\\[[0-9;]*m")]
    private static partial Regex Colour();
}
