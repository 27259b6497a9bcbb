using ClaudeManage.Contracts.Workflow;
using ClaudeManage.Workflow.Domain.Expressions;

namespace ClaudeManage.Workflow.Domain.Cooking;

/// <summary>The texts of a cooked step: what variables are put into, each with its name for messages.</summary>
static class CookedTexts
{
    public static IEnumerable<(string Field, string Text)> Of(CookedStep s)
    {
        yield return ("title", s.Title);
        foreach (var (field, text) in ((string, string?)[])[("description", s.Description), ("notes", s.Notes), ("assignee", s.Assignee), ("cache_key", s.CacheKey), ("agent", s.Agent), ("runtime", s.Runtime), ("model", s.Model)])
            if (text is not null) yield return (field, text);
        foreach (var (label, i) in (s.Labels ?? []).Select((l, i) => (l, i))) yield return ($"labels[{i}]", label);
        foreach (var (key, value) in s.Metadata ?? new Dictionary<string, string>()) yield return ($"metadata.{key}", value);
        foreach (var (a, i) in (s.Acceptance ?? []).Select((a, i) => (a, i)))
        {
            yield return ($"acceptance[{i}]", a.Text);
            foreach (var argument in a.Command ?? []) yield return ($"acceptance[{i}].command", argument);
        }
        foreach (var argument in s.Run ?? []) yield return ("run", argument);
        foreach (var gate in s.Gates ?? [])
            foreach (var text in new[] { gate.Id, gate.AwaitId, gate.Condition }.OfType<string>()) yield return ("gate", text);
        foreach (var (key, value) in s.FanOut?.Vars ?? new Dictionary<string, string>()) yield return ($"on_complete.vars.{key}", value);
        if (s.Until is { } until) yield return ("loop.until", until.Condition);
        foreach (var (inner, field, text) in (s.Until?.Body ?? []).SelectMany(b => Of(b).Select(t => (b.Id, t.Field, t.Text)))) yield return ($"loop.body({inner}).{field}", text);
    }

    public static CookedStep Map(CookedStep s, Func<string, string> text) => s with
    {
        Title = text(s.Title),
        Description = Opt(s.Description, text),
        Notes = Opt(s.Notes, text),
        Assignee = Opt(s.Assignee, text),
        CacheKey = Opt(s.CacheKey, text),
        Agent = Opt(s.Agent, text),
        Runtime = Opt(s.Runtime, text),
        Model = Opt(s.Model, text),
        Labels = s.Labels is null ? null : [.. s.Labels.Select(text)],
        Metadata = s.Metadata?.ToDictionary(m => m.Key, m => text(m.Value)),
        Acceptance = s.Acceptance is null ? null : [.. s.Acceptance.Select(a => a with { Text = text(a.Text), Command = a.Command is null ? null : [.. a.Command.Select(text)] })],
        Run = s.Run is null ? null : RunCommand.Map(s.Run, text),
        Gates = s.Gates is null ? null : [.. s.Gates.Select(g => g with { Id = Opt(g.Id, text), AwaitId = Opt(g.AwaitId, text), Condition = Opt(g.Condition, text) })],
        FanOut = s.FanOut is null ? null : s.FanOut with { Vars = s.FanOut.Vars?.ToDictionary(v => v.Key, v => text(v.Value)) },
        Until = s.Until is null ? null : s.Until with { Condition = text(s.Until.Condition), Body = [.. s.Until.Body.Select(b => Map(b, text))] },
    };

    static string? Opt(string? value, Func<string, string> map) => value is null ? null : map(value);
}
