using System.Text.Json;
using ClaudeManage.Contracts.Workflow;
using ClaudeManage.Workflow.Domain.Expressions;

namespace ClaudeManage.Workflow.Domain.Formulas;

/// <summary>Reads steps, in all places where a formula has some.</summary>
sealed class StepReader(Problems problems, string source)
{
    /// <summary>Deepest nesting of children and loops in a source.</summary>
    public const int MaxDepth = 10;

    /// <summary>The steps of a list.</summary>
    public IReadOnlyList<Step> Read(IReadOnlyList<TableReader> tables, int depth = 0)
    {
        if (depth <= MaxDepth) return [.. tables.Select(t => Read(t, depth))];
        problems.Error(tables[0].Place, $"steps are nested deeper than {MaxDepth} levels", tables[0].Node);
        return [];
    }

    /// <summary>One step.</summary>
    public Step Read(TableReader t, int depth = 0)
    {
        var (policy, compensation) = Failure(t);
        var step = new Step
        {
            Place = source + t.Place,
            Id = t.Text("id") ?? "",
            Title = t.Text("title"),
            Description = t.Text("description"),
            Notes = t.Text("notes"),
            Type = t.Text("type"),
            Priority = t.Integer("priority"),
            Labels = t.Texts("labels"),
            Metadata = t.Map("metadata"),
            Needs = [.. t.Texts("depends_on").Concat(t.Texts("needs")).Distinct()],
            WaitsFor = t.Text("waits_for"),
            Assignee = t.Text("assignee"),
            Expand = t.Text("expand"),
            ExpandVars = t.Map("expand_vars"),
            Conditions = t.Text("condition") is { Length: > 0 } condition ? [condition] : [],
            Children = Read(t.Tables("children"), depth + 1),
            Gates = t.Table("gate") is { } gate ? [Gate(gate)] : [],
            Loop = t.Table("loop") is { } loop ? Loop(loop, depth) : null,
            OnComplete = t.Table("on_complete") is { } fanOut ? FanOut(fanOut) : null,
            Parallel = t.Flag("parallel"),
            Interactive = t.Flag("interactive"),
            Acceptance = Acceptance(t),
            Retry = Retry(t),
            TimeoutSeconds = t.Seconds("timeout"),
            OnFailure = policy,
            Compensation = compensation,
            Run = Run(t),
            OutputSchema = t.Raw("output") is { } schema ? JsonSerializer.SerializeToElement(TableReader.Json(schema)) : null,
            BudgetUsd = t.Number("budget"),
            Runtime = t.Text("runtime"),
            Model = t.Text("model"),
            CacheKey = t.Text("cache_key"),
            Agent = t.Text("agent"),
            ReviewOnly = t.Flag("review_only"),
        };
        t.Done();
        return step;
    }

    GateSpec Gate(TableReader t)
    {
        var gate = new GateSpec(t.Text("type") ?? "", t.Text("id"), t.Text("await_id"), t.Text("condition"), t.Seconds("timeout"));
        t.Done();
        return gate;
    }

    Loop Loop(TableReader t, int depth)
    {
        var loop = new Loop(t.Integer("count"), t.Text("range"), t.Text("until"), t.Integer("max"), t.Text("var"), Read(t.Tables("body"), depth + 1));
        t.Done();
        return loop;
    }

    static OnComplete FanOut(TableReader t)
    {
        var fanOut = new OnComplete(t.Text("for_each"), t.Text("bond"), t.Map("vars"), t.Flag("parallel"), t.Flag("sequential"));
        t.Done();
        return fanOut;
    }

    static RetrySpec? Retry(TableReader t)
    {
        if (t.Raw("retry") is NumberNode { Value: >= 0 and <= 100 and var times } && times == decimal.Truncate(times)) return new RetrySpec((int)times);
        if (t.Table("retry") is not { } r) return null;
        var on = r.Texts("on");
        var retry = new RetrySpec(r.Integer("max") ?? 1, r.Seconds("backoff") ?? 0, on.Count == 0 ? null : on);
        r.Done();
        return retry;
    }

    (FailurePolicy, string?) Failure(TableReader t)
    {
        switch (t.Raw("on_failure"))
        {
            case null or TextNode { Value: "fail" }: return (FailurePolicy.Fail, null);
            case TextNode { Value: "continue" }: return (FailurePolicy.Continue, null);
            case TextNode { Value: var text } when text.StartsWith("compensate:", StringComparison.Ordinal) && text[11..].Trim() is { Length: > 0 } step:
                return (FailurePolicy.Compensate, step);
            case TableNode when t.Table("on_failure") is { } table && table.Text("compensate") is { Length: > 0 } step:
                table.Done();
                return (FailurePolicy.Compensate, step);
            case var node:
                problems.Error(t.At("on_failure"), "on_failure is fail, continue, or compensate: a step (\"compensate: undo-it\")", node);
                return (FailurePolicy.Fail, null);
        }
    }

    static IReadOnlyList<StepAcceptance> Acceptance(TableReader t)
    {
        if (t.Raw("acceptance") is not ListNode { Items: [TableNode, ..] }) return [.. t.Texts("acceptance").Where(a => a.Trim().Length > 0).Select(a => new StepAcceptance(a))];
        var all = new List<StepAcceptance>();
        foreach (var a in t.Tables("acceptance"))
        {
            var command = a.Texts("command");
            all.Add(new StepAcceptance(a.Text("text") ?? string.Join(' ', command), command.Count == 0 ? null : command));
            a.Done();
        }
        return all;
    }

    static IReadOnlyList<string> Run(TableReader t) => t.Raw("run") is TextNode { Value: var line } ? RunCommand.OfLine(line) : t.Texts("run");
}
