using Spectre.Console;

namespace ClaudeManage.Cli.Demo;

/// <summary>Shows the demo: a live table on a terminal, plain lines everywhere else.</summary>
sealed class DemoScreen(DemoState state, IAnsiConsole console, TimeProvider clock, bool live)
{
    readonly DateTimeOffset _begin = clock.GetUtcNow();
    readonly Queue<string> _lines = new();
    readonly Lock _gate = new();

    /// <summary>Tells one thing.</summary>
    public void Say(string line)
    {
        var stamped = $"{(clock.GetUtcNow() - _begin).TotalSeconds,5:0.0}s  {line}";
        lock (_gate)
        {
            _lines.Enqueue(stamped);
            while (_lines.Count > 6) _lines.Dequeue();
            if (!live) console.Profile.Out.Writer.WriteLine(stamped);     // not through the console, which would fold it at 80 columns
        }
    }

    /// <summary>Runs the demo with its picture on top.</summary>
    public async Task ShowAsync(Func<Task> run)
    {
        if (!live)
        {
            await run();
            return;
        }
        await console.Live(Picture()).AutoClear(false).StartAsync(async context =>
        {
            var running = run();
            while (!running.IsCompleted)
            {
                context.UpdateTarget(Picture());
                await Task.WhenAny(running, Task.Delay(TimeSpan.FromMilliseconds(150), clock));
            }
            context.UpdateTarget(Picture());
            await running;
        });
    }

    Rows Picture()
    {
        var table = new Table { Border = TableBorder.Rounded, Expand = true };
        foreach (var column in new[] { "item", "", "state", "agent", "fence", "" }) table.AddColumn(column);
        foreach (var item in state.Items)
        {
            table.AddRow(
                new Text(item.Id), new Text(item.Title), new Text(item.State, new Style(Colour(item.State))), new Text(item.State == "closed" ? "" : item.Agent ?? ""),
                new Text(string.Join(" ", item.Fences)), new Text(item.Note ?? "", new Style(Color.Yellow)));
        }
        var closed = state.Items.Count(i => i.State == "closed");
        var head = new Text($"{closed} of {state.Items.Count} closed, {state.Live} agents at work, {(clock.GetUtcNow() - _begin).TotalSeconds:0} s");
        lock (_gate) return new Rows(head, table, new Text(string.Join('\n', _lines), new Style(Color.Grey)));
    }

    static Color Colour(string state) => state switch
    {
        "closed" => Color.Green,
        "in progress" => Color.Aqua,
        "submitted" or "gating" => Color.Blue,
        "hooked" => Color.White,
        _ => Color.Grey,
    };
}
