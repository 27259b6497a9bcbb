using System.CommandLine;
using ClaudeManage.Cli.Output;
using ClaudeManage.Contracts.Http;

namespace ClaudeManage.Cli.Commands;

/// <summary><c>agent list</c>, <c>agent show</c>.</summary>
static class AgentCommands
{
    public static IEnumerable<Command> All(CommandLine cli) => [CommandLine.Group("agent", "Who works here.", Add(cli), List(cli), Show(cli), Retire(cli))];

    static Command Add(CommandLine cli)
    {
        var agent = new Argument<string>("agent") { Description = "Its address: RIG/crew/NAME." };
        var name = Symbols.Value("--name", "TEXT", "What people call it.");
        var tags = Symbols.Values("--tag", "TAG", "Something it can do.", "-t");
        return cli.Verb("add", "Register a crew member, so that work can be slung to it. Polecats come by themselves.", [agent, name, tags],
            (run, ct) => run.ShowAsync(run.Town.CreateAgent(new CreateAgent(run.Get(agent), run.Get(name), null, CreateItem.NonEmpty(run.Get(tags)))), a => run.Screen.Line(new Span(a.Id, "bold"), " is registered"), a => a.Id, ct),
            "cm agent add shop/crew/ada --name \"Ada\"", "cm agent add shop/crew/bob --tag gpu");
    }

    static Command Retire(CommandLine cli)
    {
        var agent = new Argument<string>("agent") { Description = "The agent." };
        return cli.Verb("retire", "Give an agent no more work. Its history stays.", [agent],
            (run, ct) => run.ShowAsync(run.Town.RetireAgent(run.Get(agent)), a => run.Screen.Line(new Span(a.Id, "bold"), " is retired"), a => a.Id, ct),
            "cm agent retire shop/polecats/nux");
    }

    static Command List(CommandLine cli)
    {
        var rig = Symbols.Rig();
        var role = Symbols.Value("--role", "ROLE", "Only this role: polecats, crew, witness, …");
        var retired = Symbols.Flag("--retired", "Those that were retired, instead.");
        var (limit, after) = (Symbols.Limit(), Symbols.After());
        return cli.Verb("list", "The agents: who is idle, who works on what.", [rig, role, retired, limit, after],
            (run, ct) => run.ShowAsync(run.Town.Agents(run.Get(rig), run.Get(role), run.Get(retired) ? true : null, run.Get(after), run.Get(limit)), page =>
            {
                if (page.Items.Count == 0)
                {
                    run.Say("No agents yet. They come with the first work that is slung to a rig's pool.");
                    return;
                }
                var table = new Table("AGENT", "STATE", "RUNTIME", "NODE", "TAGS");
                foreach (var a in page.Items) table.Add(new Span(a.Id, "bold"), Styles.Of(a.State), a.Runtime, a.NodeId, string.Join(",", a.Tags));
                table.Write(run.Screen);
                run.SayNext(page.Next);
            }, page => string.Join('\n', page.Items.Select(a => a.Id)), ct),
            "cm agent list", "cm agent list --rig shop --role crew");
    }

    static Command Show(CommandLine cli)
    {
        var agent = new Argument<string?>("agent") { Description = "An agent, e.g. shop/polecats/nux; inside an agent's session itself.", Arity = ArgumentArity.ZeroOrOne };
        return cli.Verb("show", "An agent: what it holds, whether it is well, and how that is known.", [agent], async (run, ct) =>
        {
            var id = HookCommands.HookOrOwn(run, run.Get(agent));
            var code = await run.ShowAsync(run.Town.Agent(id), a =>
            {
                run.Screen.Line(new Span(a.Id, "bold"), "  ", Styles.Of(a.State));
                run.Screen.Field("name", a.DisplayName);
                run.Screen.Field("runtime", a.Runtime);
                run.Screen.Field("node", a.NodeId);
                run.Screen.Field("tags", string.Join(", ", a.Tags));
                run.Screen.Field("since", $"{Text.Age(run.Now - a.CreatedAt)} ago");
                run.Screen.Field("skills", string.Join(", ", a.Profile.Skills));
                var r = a.Profile.TrackRecord;
                run.Screen.Field("record", $"{r.Completions} done, {r.Merges} merged, {r.Rejections} sent back{(r.MedianSeconds is { } m ? $", median {Text.Age(TimeSpan.FromSeconds(m))}" : "")}");
            }, a => a.Id, ct);
            if (run.Json || run.Quiet) return code;
            var hook = await run.Town.Hook(id).SendAsync(ct);
            if (hook.Leased is { } l) run.Screen.Field("works on", $"{l.WorkItemId}, attempt {l.Attempt} of {l.MaxAttempts}{(l.LeaseUntil is { } until ? $", lease ends in {Text.Age(until - run.Now)}" : "")}");
            run.Screen.Field("queued", hook.Queued.Count == 0 ? null : string.Join(", ", hook.Queued.Select(q => q.WorkItemId)));
            await HealthAsync(run, id, ct);
            return code;
        }, "cm agent show shop/polecats/nux");
    }

    static async Task HealthAsync(Invocation run, string id, CancellationToken ct)
    {
        Client.TownProblemException? unknown = null;
        try
        {
            var health = await run.Town.AgentHealth(id).SendAsync(ct);
            run.Screen.Line(new Span($"{"health",-13}", "grey"), Styles.Of(health.State), $" for {Text.Age(run.Now - health.Since)}");
            foreach (var e in health.Evidence) run.Screen.Field($"  {e.Signal}", $"{Text.Age(TimeSpan.FromSeconds(e.AgeSeconds))} ago{(e.Detail is null ? "" : $"  {Text.Line(e.Detail)}")}");
            if (health.Next is { } next) run.Screen.Field("next", $"{next.Action} in {Text.Age(next.At - run.Now)}");
            foreach (var moment in (health.History ?? []).Take(8)) run.Screen.Field($"  {Text.Age(run.Now - moment.At)} ago", $"{moment.What}{(moment.Why is null ? "" : $": {Text.Line(moment.Why)}")}");
        }
        catch (Client.TownProblemException e) when (e.Status == 404) { unknown = e; }
        if (unknown is not null) run.Screen.Field("health", "nothing heard of it yet");
    }
}
