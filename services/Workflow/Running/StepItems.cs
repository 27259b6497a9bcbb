using System.Globalization;
using System.Text;
using ClaudeManage.Contracts.Http;
using ClaudeManage.Contracts.Identity;
using ClaudeManage.Contracts.Work;
using ClaudeManage.Contracts.Workflow;
using ClaudeManage.Workflow.Data;

namespace ClaudeManage.Workflow.Running;

/// <summary>The work items of steps.</summary>
static class StepItems
{
    /// <summary>Most items of one command.</summary>
    public const int Batch = 500;

    /// <summary>The item that holds the others.</summary>
    public static CreateWorkItem Root(MoleculeRow m, IReadOnlyList<StepRow> checklist) => new(
        m.RigId, Cut(m.Title), m.Wisp ? Checklist(m, checklist) : $"Workflow {m.MoleculeId} of the formula {m.Formula}. Its steps are the items below.",
        m.Wisp ? WorkItemType.Task : WorkItemType.Epic, Id: m.RootItemId, Labels: [m.Wisp ? "wisp" : "molecule"], Ephemeral: m.Wisp);

    /// <summary>
    /// Gives every step that has an item its number, in an order in which whatever an item waits for comes before it: groups before what they
    /// hold, then as far as the formula's order goes.
    /// </summary>
    public static void Number(MoleculeRow m, IReadOnlyList<StepRow> steps, IReadOnlyDictionary<string, StepRow> all)
    {
        if (m.Wisp) return;
        var depth = new Dictionary<string, int>();
        int Depth(StepRow s) => depth.TryGetValue(s.StepId, out var known) ? known : depth[s.StepId] = s.ParentId is { } p && all.TryGetValue(p, out var parent) ? Depth(parent) + 1 : 0;
        var own = steps.Where(s => s.Kind != StepKind.Compensation).ToDictionary(s => s.StepId);
        var order = Domain.Formulas.StepGraph.Order([.. own.Keys], id => own[id].Step.Needs.Concat(own[id].ParentId is { } p ? [p] : []));
        var groups = order.Where(id => own[id].Kind is StepKind.Group or StepKind.Loop).OrderBy(id => Depth(own[id]));
        foreach (var id in groups.Concat(order.Where(id => own[id].Kind is not (StepKind.Group or StepKind.Loop))).ToList()) own[id].WorkItemId = Ids.Child(m.RootItemId, m.NextItem++);
    }

    /// <summary>The items of steps in the order of their numbers.</summary>
    /// <param name="all">Also what they belong to and wait for.</param>
    public static List<CreateWorkItem> Of(MoleculeRow m, IReadOnlyList<StepRow> steps, IReadOnlyDictionary<string, StepRow> all) =>
        [.. steps.OrderBy(s => int.Parse(s.WorkItemId!.AsSpan(m.RootItemId.Length + 1), CultureInfo.InvariantCulture)).Select(s => Item(m, s, all))];

    /// <summary>What a worker reads.</summary>
    public static string? Description(CookedStep s)
    {
        var text = new StringBuilder(s.Description);
        if (s.Run is { } run) text.Append(text.Length > 0 ? "\n\n" : "").Append("A supervisor runs: ").AppendJoin(' ', run);
        if (s.ReviewOnly) text.Append(text.Length > 0 ? "\n\n" : "").Append("Read and report only: change nothing.");
        if (s.OutputSchema is { } schema) text.Append(text.Length > 0 ? "\n\n" : "").Append("Its output (JSON) has this shape: ").Append(schema.GetRawText());
        if (s.Metadata?.GetValueOrDefault("output_path") is { } path) text.Append(text.Length > 0 ? "\n\n" : "").Append("Write the findings to ").Append(path);
        return text.Length == 0 ? null : text.ToString();
    }

    static CreateWorkItem Item(MoleculeRow m, StepRow row, IReadOnlyDictionary<string, StepRow> all)
    {
        var s = row.Step;
        var parent = row.ParentId is { } p && all.TryGetValue(p, out var above) && above.WorkItemId is { } id ? id : m.RootItemId;
        var isGroup = row.Kind is StepKind.Group or StepKind.Loop;
        return new CreateWorkItem(
            m.RigId, Cut(s.Title), Description(s), isGroup ? WorkItemType.Epic : Enum.Parse<WorkItemType>(s.Type, ignoreCase: true), s.Priority, Id: row.WorkItemId,
            // By key where the parent may be of the same batch: it is made first.
            Key: isGroup ? Key(row.WorkItemId!) : null, ParentId: parent,
            Labels: s.Labels, DependsOn: row.Kind == StepKind.Compensation ? null : [.. s.Needs.Select(n => all.GetValueOrDefault(n)?.WorkItemId).OfType<string>().Where(n => n != parent)],
            Acceptance: s.Acceptance?.Select(a => new AcceptanceCriterion(a.Text, a.Command)).ToList(), Notes: s.Notes, ExternalRef: $"{m.MoleculeId}#{row.StepId}");
    }

    /// <summary>Splits into commands; a parent that is made by the same command is named by its key.</summary>
    public static IReadOnlyList<IReadOnlyList<CreateWorkItem>> Batches(IReadOnlyList<CreateWorkItem> items) =>
        [.. items.Chunk(Batch).Select(chunk =>
        {
            var own = chunk.Select(i => i.Id).ToHashSet();
            return (IReadOnlyList<CreateWorkItem>)[.. chunk.Select(i => i.ParentId is { } p && own.Contains(p) ? i with { ParentId = "#" + Key(p) } : i)];
        })];

    static string Key(string itemId) => itemId.Replace('.', '-');

    static string Checklist(MoleculeRow m, IReadOnlyList<StepRow> steps)
    {
        var text = new StringBuilder($"Work through these steps and tick each when it is done (`cm molecule step done {m.MoleculeId} STEP`); `cm molecule current {m.MoleculeId}` shows where it stands.\n");
        foreach (var step in steps.Where(s => s.Kind is StepKind.Work).OrderBy(s => s.Position))
        {
            if (text.Length > 60_000)
            {
                text.Append("\nThe rest is shown by the command above.");
                break;
            }
            text.Append(CultureInfo.InvariantCulture, $"\n- [ ] {step.StepId}: {step.Step.Title}");
            if (step.Step.Description is { Length: > 0 } d) text.Append("\n      ").Append(d.Trim().ReplaceLineEndings("\n      "));
        }
        return text.ToString();
    }

    static string Cut(string title) => title.Length <= 300 ? title : title[..300];
}
