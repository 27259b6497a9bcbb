using System.Text.Json;
using ClaudeManage.Contracts.Http;
using ClaudeManage.Contracts.Work;
using ClaudeManage.ServiceDefaults.Auth;
using ClaudeManage.ServiceDefaults.Edge;
using ClaudeManage.Work.Features.Items;

namespace ClaudeManage.Work.Features.Outside;

/// <summary>
/// GitHub's webhook about issues: an issue opened is work created, and what becomes of the issue becomes of the work. The reference that
/// ties them is <c>github:owner/name#number</c>.
/// </summary>
sealed class GitHubIssues(Intake intake)
{
    public async Task<IngestResult> TakeAsync(string occasion, string? delivery, ReadOnlyMemory<byte> body, IngestSender sender, IReadOnlyList<string> alsoKnownAs, CancellationToken ct)
    {
        if (delivery is not { Length: <= 200 }) throw Refusal.Invalid("", "X-GitHub-Delivery is missing; it is the delivery's id.").AsException();
        var payload = OutsideEvent.Parse(body);
        if (occasion != "issues") return new IngestResult("ignored", $"github.{occasion}", [], occasion == "ping" ? "pong" : "Only issues are work. Choose “Issues” alone for this webhook.");
        var issue = GitHubIssue.Read(payload);
        var rig = sender.Repositories.FirstOrDefault(r => string.Equals(r.Repository, issue.Repository, StringComparison.OrdinalIgnoreCase))?.Rig
            ?? throw Refusal.Unprocessable("repository-unknown", $"No rig is configured for {issue.Repository}. Name it in Work:Ingest:Sources:…:Repositories.").AsException();
        return await intake.OnceAsync(sender.Actor, [delivery, .. alsoKnownAs], $"github.issues.{issue.Action}",
            token => ActAsync(issue, rig, Intake.As(sender.Actor, sender.Rigs), token), ct);
    }

    async Task<Intake.Effect> ActAsync(GitHubIssue issue, string rig, Caller by, CancellationToken ct)
    {
        var item = await intake.FindAsync(issue.Reference, rig, ct);
        if (issue.Action == "opened")
            return item is not null ? new([item.Id], "The issue is work here already.") : new([await intake.CreateAsync(issue.ToCreate(rig), by, ct)]);
        if (item is null) return new([], "The issue is not work here: it was opened before the webhook was.");
        switch (issue.Action)
        {
            case "edited" or "labeled" or "unlabeled":
                return new([await intake.UpdateAsync(item.Id, issue.ToUpdate(), by, ct)]);
            case "closed" or "deleted" when item.State == WorkItemState.Closed:
                return new([item.Id], "It is closed here too.");
            // Most likely because the commit that lands says so; the merge queue tells it better.
            case "closed" when item.State == WorkItemState.Submitted && issue.Ending == OutcomeKind.Completed:
                return new([item.Id], "It is in the merge queue, which closes it when it has landed.");
            case "closed" or "deleted":
                return new([await intake.CloseAsync(item.Id, new CloseWorkItem(issue.Ending, $"The issue was {issue.Action} by {issue.Sender}."), by, ct)]);
            case "reopened" when item.State == WorkItemState.Closed:
                return new([await intake.ReopenAsync(item.Id, $"The issue was reopened by {issue.Sender}.", by, ct)]);
            default:
                return new([item.Id], $"“{issue.Action}” changes nothing here.");
        }
    }
}

/// <summary>What matters of an issue's webhook.</summary>
sealed record GitHubIssue(string Action, string Repository, long Number, string Title, string Body, string? Url, IReadOnlyList<string> Labels, string? StateReason, string Sender)
{
    public string Reference => $"github:{Repository.ToLowerInvariant()}#{Number}";

    /// <summary>How the work ends with the issue.</summary>
    public OutcomeKind Ending => (Action, StateReason) switch
    {
        ("deleted", _) or (_, "not_planned") => OutcomeKind.Cancelled,
        (_, "duplicate") => OutcomeKind.Duplicate,
        _ => OutcomeKind.Completed,
    };

    public static GitHubIssue Read(JsonElement payload)
    {
        string? Text(string at) => Find(payload, at) is { ValueKind: JsonValueKind.String } text ? text.GetString() : null;
        string Required(string at) => Text(at) is { Length: > 0 } text ? text : throw Refusal.Invalid("/" + at, "A webhook about issues has a text here.").AsException();
        if (Find(payload, "issue/number") is not { ValueKind: JsonValueKind.Number } number || !number.TryGetInt64(out var n))
            throw Refusal.Invalid("/issue/number", "A webhook about issues has a number here.").AsException();
        var labels = Find(payload, "issue/labels") is { ValueKind: JsonValueKind.Array } list
            ? list.EnumerateArray().Select(l => Find(l, "name") is { ValueKind: JsonValueKind.String } name ? name.GetString()!.Trim() : "") : [];
        return new GitHubIssue(Required("action"), Required("repository/full_name"), n, Required("issue/title"), Text("issue/body") ?? "", Text("issue/html_url"),
            [.. labels.Where(l => l.Length is > 0 and <= WorkItemLimits.Label).Take(WorkItemLimits.Labels)], Text("issue/state_reason"), Text("sender/login") ?? "somebody");
    }

    public CreateWorkItem ToCreate(string rig) => new(rig, Cut(Title, WorkItemLimits.Title), Cut(Body, WorkItemLimits.Text), TypeOf(Labels), Labels: Labels, ExternalRef: Reference, Notes: Url);

    public UpdateWorkItem ToUpdate() => new(Cut(Title, WorkItemLimits.Title), Cut(Body, WorkItemLimits.Text), Labels: Labels);

    static WorkItemType? TypeOf(IReadOnlyList<string> labels) =>
        labels.Contains("bug", StringComparer.OrdinalIgnoreCase) ? WorkItemType.Bug : labels.Contains("enhancement", StringComparer.OrdinalIgnoreCase) ? WorkItemType.Feature : null;

    static string Cut(string text, int max) => text.Length <= max ? text : text[..(char.IsHighSurrogate(text[max - 1]) ? max - 1 : max)];

    static JsonElement? Find(JsonElement from, string at)
    {
        foreach (var part in at.Split('/'))
            if (from.ValueKind != JsonValueKind.Object || !from.TryGetProperty(part, out from)) return null;
        return from;
    }
}
