using System.CommandLine;
using System.Text.Json;
using ClaudeManage.Cli.Hosting;
using ClaudeManage.Cli.Output;
using ClaudeManage.Client;

namespace ClaudeManage.Cli;

/// <summary>One run of one command: its options, its town, its output.</summary>
sealed class Invocation : IDisposable
{
    readonly CommandLine _cli;
    readonly ParseResult _parsed;
    TownLocation? _location;
    TownClient? _town;

    public Invocation(CommandLine cli, ParseResult parsed)
    {
        (_cli, _parsed) = (cli, parsed);
        Json = parsed.GetValue(cli.Json);
        Quiet = parsed.GetValue(cli.Quiet);
        Finder = new TownFinder(cli.Terminal, parsed.GetValue(cli.Url), parsed.GetValue(cli.Data));
        Screen = new Screen(cli.Terminal);
    }

    public bool Json { get; }

    public bool Quiet { get; }

    public Terminal Terminal => _cli.Terminal;

    public ITownHost Host => _cli.Host;

    public IReadOnlyList<string> PassedOn => _cli.PassedOn;

    public TownFinder Finder { get; }

    public Screen Screen { get; }

    public TownLocation Location => _location ??= Finder.Find();

    public TownClient Town => _town ??= ClientFor(Location.Url, Location.Token);

    public DateTimeOffset Now => Terminal.Clock.GetUtcNow();

    public TownClient ClientFor(Uri url, string? token) => new(url, token, Terminal.Network?.Invoke(), Terminal.Clock);

    public T? Get<T>(Option<T> option) => _parsed.GetValue(option);

    public T Get<T>(Argument<T> argument) => _parsed.GetValue(argument)!;

    public bool Has(Option option) => _parsed.GetResult(option) is { Implicit: false };

    /// <summary>Sends a call and shows its answer: the JSON as it came, the essential word, or the screen for a person.</summary>
    public async Task<int> ShowAsync<T>(TownCall<T> call, Action<T> show, Func<T, string?>? essential, CancellationToken ct)
    {
        var body = await call.SendRawAsync(ct);
        if (Json) await Terminal.Out.WriteLineAsync(body.Length == 0 ? "{}" : body);
        else if (!Quiet) show(call.Read(body));
        else if (essential?.Invoke(call.Read(body)) is { Length: > 0 } word) await Terminal.Out.WriteLineAsync(word);
        return ExitCodes.Ok;
    }

    /// <summary>Prints an answer put together here.</summary>
    public void PrintJson(object value) => Terminal.Out.WriteLine(JsonSerializer.Serialize(value, ClientJson.Options));

    /// <summary>A word to a person that is no result: on standard error, so that pipes stay clean.</summary>
    public void Say(string text)
    {
        if (!Quiet && !Json) Terminal.Error.WriteLine(text);
    }

    public int Fail(TownProblemException problem)
    {
        if (Json) Terminal.Error.WriteLine(problem.Body.Length > 0 ? problem.Body : JsonSerializer.Serialize(new { code = problem.Code, detail = problem.Detail }, ClientJson.Options));
        else
        {
            Terminal.Error.WriteLine($"cm: {Text.Plain(problem.Detail)}");
            if (problem.Code == "not-ready") Terminal.Error.WriteLine("    With --when-ready it waits on the hook.");
            if (problem.Status == 401) Terminal.Error.WriteLine("    Give a token with CM_TOKEN or `cm config set token …`; a town on this machine has its own in overseer.token.");
        }
        return ExitCodes.Of(problem);
    }

    public int Fail(int exitCode, string code, string message)
    {
        Terminal.Error.WriteLine(Json ? JsonSerializer.Serialize(new { code, detail = message }, ClientJson.Options) : $"cm: {Text.Plain(message)}");
        return exitCode;
    }

    /// <summary>Standard input to its end.</summary>
    public Task<string> ReadInputAsync(CancellationToken ct) => Terminal.In.ReadToEndAsync(ct);

    /// <summary>A variable of an agent's session; null outside one.</summary>
    public string? Session(string name) => Terminal.Variable(name) is { Length: > 0 } value ? value : null;

    public void Dispose() => _town?.Dispose();
}
