using System.Text.Json;
using ClaudeManage.Bench;
using Spectre.Console;

Dictionary<string, Func<BenchContext, CancellationToken, Task<IReadOnlyList<BenchRow>>>> all = new()
{
    ["cold-start"] = ColdStart.RunAsync,
    ["lease"] = LeaseCycle.RunAsync,
    ["start"] = SlingToStart.RunAsync,
    ["scale"] = ReadyAtScale.RunAsync,
    ["idle"] = Idle.RunAsync,
    ["formula"] = FormulaSize.RunAsync,
};
var json = args.Contains("--json");
var wanted = args.Where(a => !a.StartsWith('-')).ToList();
if (wanted.Except(all.Keys).FirstOrDefault() is { } unknown)
{
    Console.Error.WriteLine($"There is no benchmark '{unknown}'. There are: {string.Join(", ", all.Keys)}.");
    return 2;
}
using var stop = new CancellationTokenSource();
Console.CancelKeyPress += (_, e) => { e.Cancel = true; stop.Cancel(); };

var rows = new List<BenchRow>();
var context = BenchContext.Find(TimeProvider.System);
foreach (var (name, run) in all.Where(b => wanted.Count == 0 || wanted.Contains(b.Key)))
{
    Console.Error.WriteLine($"{name} …");
    var measured = await run(context, stop.Token);
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
return 0;
