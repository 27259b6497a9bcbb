using System.Diagnostics;
using System.Text;
using System.Text.Json;
using ClaudeManage.Client;
using ClaudeManage.Contracts.Http;
using ClaudeManage.Contracts.Workflow;
using ClaudeManage.Workflow.Domain.Cooking;
using ClaudeManage.Workflow.Domain.Formulas;

namespace ClaudeManage.Bench;

/// <summary>Formulas of 2 500, 5 000 and 10 000 steps, each needing the one before: cooked beside JSON parsing of the same text, and poured in a town; and a fan-out done by several workers.</summary>
static class FormulaSize
{
    static readonly int[] Sizes = [2_500, 5_000, 10_000];
    /// <summary>What a pour may take.</summary>
    public const double LongestSeconds = 2;

    const double Linear = 1.5;

    public static async Task<IReadOnlyList<BenchRow>> RunAsync(BenchContext context, CancellationToken ct)
    {
        var (cooks, pours) = (new List<BenchRow>(), new List<BenchRow>());
        var directory = BenchContext.Scratch();
        await using var town = await context.StartAsync(directory, ct, BenchContext.WithoutLimits);
        await Setup.RigWithItemsAsync(town.Client, "flow", 0, ct);
        var (cookBase, pourBase, itemsBase) = (0.0, 0.0, 0.0);
        await PourAsync(town.Client, 100, ct);
        foreach (var size in Sizes)
        {
            var text = Text(size);
            Cooked(text, ct);
            var parse = Stats.Percentile(Enumerable.Range(0, 9).Select(_ => Seconds(() => JsonDocument.Parse(text).Dispose())), 50);
            var cook = Stats.Percentile(Enumerable.Range(0, 5).Select(_ => Seconds(() => Cooked(text, ct))), 50);
            var (answered, running) = await PourAsync(town.Client, size, ct);
            (cookBase, pourBase, itemsBase) = size == Sizes[0] ? (cook, answered, running) : (cookBase, pourBase, itemsBase);
            cooks.Add(new BenchRow($"cook {size} steps ({text.Length / 1024} KiB)", $"{cook * 1000:0} ms", $"{parse * 1000:0.0} ms JSON parse", cook / parse, Target(size), Met(cook, cookBase, size)));
            pours.Add(new BenchRow($"pour {size} steps: until the answer", $"{answered:0.00} s", $"{pourBase:0.00} s for {Sizes[0]}", answered / pourBase, Target(size), Met(answered, pourBase, size)));
            pours.Add(new BenchRow($"pour {size} steps: until every work item exists", $"{running:0.0} s", $"{itemsBase:0.0} s for {Sizes[0]}", running / itemsBase, "linear", running / itemsBase <= (double)size / Sizes[0] * Linear));
        }
        return [.. cooks, .. pours, .. await FanOut.RunAsync(town.Client, "flow", ct)];
    }

    static string Target(int size) => $"< {LongestSeconds:0} s, linear (≤ {(double)size / Sizes[0] * Linear:0.0} × that of {Sizes[0]})";

    static bool Met(double seconds, double smallest, int size) => seconds < LongestSeconds && seconds / smallest <= (double)size / Sizes[0] * Linear;

    /// <summary>Each step needs the one before.</summary>
    public static string Text(int steps)
    {
        var text = new StringBuilder($$"""{"formula":"chain{{steps}}","vars":{"what":"thing"},"steps":[""");
        for (var i = 0; i < steps; i++)
            text.Append(i == 0 ? "" : ",").Append($$$"""{"id":"s{{{i}}}","title":"Step {{{i}}} of the {{what}}"{{{(i == 0 ? "" : $",\"needs\":[\"s{i - 1}\"]")}}}}""");
        return text.Append("]}").ToString();
    }

    static string Cooked(string text, CancellationToken ct)
    {
        var problems = new Problems();
        var formula = FormulaReader.Read(text, problems) ?? throw new InvalidOperationException(string.Join('\n', problems.All));
        var cooked = Cook.Run(formula, new Dictionary<string, string>(), _ => null, problems, ct) ?? throw new InvalidOperationException(string.Join('\n', problems.All));
        return Canonical.IdOf(Canonical.Write(cooked));
    }

    static double Seconds(Action work)
    {
        var begin = Stopwatch.GetTimestamp();
        work();
        return Stopwatch.GetElapsedTime(begin).TotalSeconds;
    }

    /// <summary>Seconds until the answer to the pour, and until its first step is ready, which is after its last item was made.</summary>
    static async Task<(double Answered, double Running)> PourAsync(TownClient town, int steps, CancellationToken ct)
    {
        await town.PutFormula($"chain{steps}", Text(steps)).SendAsync(ct);
        var begin = Stopwatch.GetTimestamp();
        var poured = await town.Pour(new PourRequest($"chain{steps}", RigId: "flow")).SendAsync(ct);
        var answered = Stopwatch.GetElapsedTime(begin).TotalSeconds;
        while ((await town.Molecules("flow", limit: 1).SendAsync(ct)).Items is not [{ State: MoleculeState.Running } newest] || newest.Id != poured.Id) await Task.Delay(TimeSpan.FromMilliseconds(20), ct);
        var running = Stopwatch.GetElapsedTime(begin).TotalSeconds;
        await town.ActOnMolecule(poured.Id, "cancel").SendAsync(ct);
        await Setup.QuietAsync(town, ct);
        return (answered, running);
    }
}
