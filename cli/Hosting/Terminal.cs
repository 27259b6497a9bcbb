namespace ClaudeManage.Cli.Hosting;

/// <summary>Everything a command touches outside itself: streams, environment, clock, network. Tests bring their own.</summary>
sealed record Terminal
{
    public required TextWriter Out { get; init; }

    public required TextWriter Error { get; init; }

    public required TextReader In { get; init; }

    /// <summary>Whether a person looks at the output: then it may have colour and is cut to the width.</summary>
    public required bool IsInteractive { get; init; }

    /// <summary>Columns of the screen.</summary>
    public required int Width { get; init; }

    public required Func<string, string?> Variable { get; init; }

    public required string Directory { get; init; }

    public required string Home { get; init; }

    public TimeProvider Clock { get; init; } = TimeProvider.System;

    /// <summary>Replaces the network; null uses it.</summary>
    public Func<HttpMessageHandler>? Network { get; init; }

    /// <summary>Colour: for a person, unless NO_COLOR asks for none.</summary>
    public bool HasColour => IsInteractive && string.IsNullOrEmpty(Variable("NO_COLOR")) && Variable("TERM") != "dumb";

    public static Terminal OfThisProcess() => new()
    {
        Out = Console.Out,
        Error = Console.Error,
        In = Console.In,
        IsInteractive = !Console.IsOutputRedirected,
        Width = Columns(),
        Variable = Environment.GetEnvironmentVariable,
        Directory = Environment.CurrentDirectory,
        Home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile),
    };

    static int Columns()
    {
        try { return !Console.IsOutputRedirected && Console.WindowWidth is > 20 and var width ? width : 80; }
        catch (IOException) { return 80; }
    }
}
