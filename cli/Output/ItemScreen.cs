using ClaudeManage.Contracts.Http;
using ClaudeManage.Contracts.Work;

namespace ClaudeManage.Cli.Output;

/// <summary>A work item as a person reads it.</summary>
static class ItemScreen
{
    public static void Write(Screen screen, WorkItemDetail i, DateTimeOffset now)
    {
        screen.Line(new Span(i.Id, "bold"), "  ", Styles.Of(i.State, i.Ready), "  ", new Span(Text.Line(i.Title), "bold"));
        screen.Field("rig", i.RigId);
        screen.Field("type", $"{Text.Wire(i.Type)}, priority {i.Priority}");
        screen.Field("labels", string.Join(", ", i.Labels));
        screen.Field("parent", i.ParentId);
        screen.Field("created", $"{Text.Age(now - i.CreatedAt)} ago by {i.CreatedBy}");
        screen.Field("deferred", i.DeferUntil is { } until && until > now ? $"until {until:u}" : null);
        screen.Field("due", i.DueAt?.ToString("u"));
        screen.Field("external", i.ExternalRef);
        screen.Field("convoy", i.ConvoyId);
        screen.Field("waits for", new Span(string.Join(", ", i.BlockedBy), "yellow"));
        screen.Field("depends on", string.Join(", ", i.Dependencies.Select(d => Named(d.TargetId, d.Type) + (d.Dangling ? " (not known here)" : ""))));
        screen.Field("needed by", string.Join(", ", i.Dependents.Select(d => Named(d.Id, d.Type))));
        Assignment(screen, i, now);
        screen.Block("description", i.Description);
        screen.Block("design", i.Design);
        screen.Block("acceptance", string.Join('\n', i.Acceptance.Select(a => "- " + a.Text + (a.Command is { Count: > 0 } c ? $"  ({string.Join(' ', c)})" : ""))));
        screen.Block("notes", i.Notes);
        screen.Block("feedback", i.Feedback);
        Outcome(screen, i, now);
    }

    public static void Comments(Screen screen, IReadOnlyList<Comment> comments, DateTimeOffset now)
    {
        screen.Heading("Comments");
        foreach (var c in comments) screen.Block($"{c.Author}, {Text.Age(now - c.CreatedAt)} ago", c.Text);
    }

    static void Assignment(Screen screen, WorkItemDetail i, DateTimeOffset now)
    {
        if (i.State == WorkItemState.Closed) return;
        screen.Field("on hook", i.HookId);
        if (i.Assignment is { } a && i.State is WorkItemState.Hooked or WorkItemState.InProgress or WorkItemState.Parked)
        {
            screen.Field("assignment", $"{Text.Wire(a.State)}, attempt {a.Attempt} of {a.MaxAttempts}{(a.Fence > 0 ? $", fence {a.Fence}" : "")}");
            screen.Field("held by", a.LeaseUntil is { } until ? $"{a.AgentId}, lease {(until > now ? $"ends in {Text.Age(until - now)}" : $"ended {Text.Age(now - until)} ago")}" : null);
            screen.Field("branch", a.Branch);
        }
        if (i.MergeRequest is { } m && i.State == WorkItemState.Submitted) screen.Line(new Span($"{"merge",-13}", "grey"), m.Id, "  ", Styles.Of(m.State), $"  {m.Branch} → {m.Target}");
    }

    static void Outcome(Screen screen, WorkItemDetail i, DateTimeOffset now)
    {
        if (i.Outcome is not { } o) return;
        screen.Field("outcome", $"{Text.Wire(o.Kind)} by {o.By}{(i.CompletedAt is { } at ? $", {Text.Age(now - at)} ago" : "")}");
        screen.Field("merged as", o.MergedCommit);
        screen.Field("from", o.Commit is null ? null : $"{o.Commit} on {o.Branch}");
        screen.Block("summary", o.Summary);
    }

    static string Named(string id, DependencyType type) => type == DependencyType.Blocks ? id : $"{id} ({Text.Wire(type)})";
}
