using System.Runtime.InteropServices;
using System.Text.Json;
using ClaudeManage.Bench;
using Spectre.Console;

Dictionary<string, Func<BenchContext, CancellationToken, Task<IReadOnlyList<BenchRow>>>> all = new()
{
    ["cold-start"] = ColdStart.RunAsync,
    ["lease"] = LeaseCycle.RunAsync,
    ["start"] = SlingToStart.RunAsync,
    ["convoy"] = ConvoyDispatch.RunAsync,
    ["scale"] = ReadyAtScale.RunAsync,
    ["idle"] = Idle.RunAsync,
    ["formula"] = FormulaSize.RunAsync,
    // The idle suite first: it is fresh then. The others share it.
    ["stack-idle"] = StackIdle.RunAsync,
    ["stack-lease"] = StackLease.RunAsync,
    ["stack-life"] = StackLife.RunAsync,
    ["stack-fanout"] = StackFanout.RunAsync,
    ["stack-replicas"] = StackReplicas.RunAsync,
};
const string Stack = "stack";
var json = args.Contains("--json");
if (args.FirstOrDefault(a => a.StartsWith('-') && a != "--json") is { } option)
{
    var help = option is "--help" or "-h";
    await (help ? Console.Out : Console.Error).WriteLineAsync($"{(help ? "" : $"There is no option '{option}'. ")}Usage: ./cm bench [NAME...] [--json]. Names: {string.Join(", ", all.Keys)}; {Stack} is all that begin with it, no name all that do not. docs/benchmarks.md describes them.");
    return help ? 0 : 2;
}
var named = args.Where(a => !a.StartsWith('-')).ToList();
// What needs servers is not run unless it was asked for.
var wanted = named.Count == 0 ? [.. all.Keys.Where(n => !NeedsStack(n))] : named.SelectMany(n => n == Stack ? all.Keys.Where(NeedsStack) : [n]).ToHashSet();
if (wanted.Except(all.Keys).FirstOrDefault() is { } unknown)
{
    Console.Error.WriteLine($"There is no benchmark '{unknown}'. There are: {string.Join(", ", all.Keys)}; {Stack} is all that begin with it.");
    return 2;
}
using var stop = new CancellationTokenSource();
// However it is told to end, the towns and servers that it has started end first.
using var interrupted = PosixSignalRegistration.Create(PosixSignal.SIGINT, End);
using var terminated = PosixSignalRegistration.Create(PosixSignal.SIGTERM, End);

var (rows, failed) = (new List<BenchRow>(), false);
await using var context = BenchContext.Find(TimeProvider.System);
foreach (var (name, run) in all.Where(b => wanted.Contains(b.Key)))
{
    Console.Error.WriteLine($"{name} …");
    IReadOnlyList<BenchRow> measured;
    try { measured = await run(context, stop.Token); }
    catch (Exception e) when (!stop.IsCancellationRequested)
    {
        // The others go on: what they have measured is still worth something.
        Console.Error.WriteLine(e);
        (measured, failed) = ([new BenchRow(name, "failed", e.Message.Split('\n')[0], null, "", false)], true);
    }
    foreach (var row in measured) Console.Error.WriteLine($"  {row.What}: {row.Measured} ({row.Reference})");
    rows.AddRange(measured);
}
if (json)
{
    Console.WriteLine(JsonSerializer.Serialize(rows, new JsonSerializerOptions(JsonSerializerDefaults.Web) { WriteIndented = true }));
}
else
{
    var table = new Table { Border = TableBorder.Simple };
    foreach (var column in new[] { "what", "measured", "reference", "ratio", "target", "" }) table.AddColumn(column);
    foreach (var row in rows) table.AddRow(new Text(row.What), new Text(row.Measured), new Text(row.Reference), new Text(row.Ratio is { } r ? $"{r:0.00}" : ""), new Text(row.Target), new Text(row.Met switch { true => "met", false => "MISSED", null => "" }));
    AnsiConsole.Write(table);
}
return failed ? 1 : 0;

void End(PosixSignalContext signal)
{
    signal.Cancel = true;
    stop.Cancel();
}

static bool NeedsStack(string name) => name.StartsWith(Stack + "-", StringComparison.Ordinal);
