using System.CommandLine;
using ClaudeManage.Cli.Output;
using ClaudeManage.Contracts.Health;
using ClaudeManage.Contracts.Http;

namespace ClaudeManage.Cli.Commands;

/// <summary><c>escalate</c>; <c>incident list</c>, <c>incident ack</c>, <c>incident close</c>.</summary>
static class IncidentCommands
{
    static readonly string[] States = ["open", "acknowledged", "closed"];

    public static IEnumerable<Command> All(CommandLine cli) =>
    [
        Escalate(cli),
        CommandLine.Group("incident", "What a person must look at.", List(cli), Move(cli, "ack", "Say that you look at it: it is not raised again."), Move(cli, "close", "It is over. The same cause raises a new one.")),
    ];

    static Command Escalate(CommandLine cli)
    {
        var what = new Argument<string>("what") { Description = "What somebody must look at, in a sentence." };
        var severity = Symbols.Choice<Severity>("--severity", "How bad it is (default medium).", "-s");
        var why = Symbols.Value("--why", "TEXT", "What led to it; - reads standard input.", "-m");
        var actions = Symbols.Values("--try", "TEXT", "What whoever looks could do.");
        var (item, rig) = (Symbols.Value("--item", "ITEM", "The work item it is about; inside an agent's session its own.", "-i"), Symbols.Rig("The rig it is about."));
        return cli.Verb("escalate", "Tell a person that something is wrong.", [what, severity, why, actions, item, rig], async (run, ct) => await run.ShowAsync(
            run.Town.Escalate(new EscalateRequest(run.Get(what), run.Get(severity), await run.TextAsync(run.Get(why), ct), CreateItem.NonEmpty(run.Get(actions)), run.Get(item) ?? run.Session("CM_WORK_ITEM"), run.Get(rig))),
            i => Write(run, i), i => $"{i.Id}", ct),
            "cm escalate \"The staging database refuses logins\" --severity high --why \"since 10:40, password expired\" --try \"renew it in the vault\"");
    }

    static Command List(CommandLine cli)
    {
        var state = Symbols.Value("--state", "STATE", "open, acknowledged or closed.", "-s");
        state.Validators.Add(r => { if (r.GetValueOrDefault<string?>() is { } s && !States.Contains(s)) r.AddError($"'{s}' is not one of {string.Join(", ", States)}."); });
        var (limit, after) = (Symbols.Limit(), Symbols.After());
        return cli.Verb("list", "Incidents, the newest first.", [state, limit, after], (run, ct) => run.ShowAsync(run.Town.Incidents(run.Get(state), run.Get(after), run.Get(limit)), page =>
        {
            if (page.Items.Count == 0) run.Say("No incidents.");
            foreach (var i in page.Items) Write(run, i);
            run.SayNext(page.Next);
        }, page => string.Join('\n', page.Items.Select(i => i.Id)), ct), "cm incident list --state open");
    }

    static Command Move(CommandLine cli, string verb, string description)
    {
        var incident = new Argument<Guid>("incident") { Description = "An incident's id." };
        return cli.Verb(verb, description, [incident],
            (run, ct) => run.ShowAsync(verb == "ack" ? run.Town.AcknowledgeIncident(run.Get(incident)) : run.Town.CloseIncident(run.Get(incident)), i => Write(run, i), i => $"{i.Id}", ct),
            $"cm incident {verb} 0199c3a0-7e1c-7c6e-9d5e-0d2b7b1f6a11");
    }

    static void Write(Invocation run, IncidentSnapshot i)
    {
        run.Screen.Line(new Span($"{i.Id}", "bold"), "  ", Styles.Of(i.Severity), $"  {i.State}  ", Text.Line(i.What));
        run.Screen.Field("  why", Text.Line(i.Why));
        run.Screen.Field("  from", $"{i.Source}, {Text.Age(run.Now - i.RaisedAt)} ago{(i.Count > 1 ? $", {i.Count} times" : "")}{(i.Level > 0 ? $", raised {Text.Count(i.Level, "level")}" : "")}");
        foreach (var action in i.SuggestedActions) run.Screen.Line($"  → {Text.Line(action)}");
    }
}
