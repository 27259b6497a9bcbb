using System.Globalization;
using ClaudeManage.Contracts.Convoy;

namespace ClaudeManage.Convoy.Domain;

/// <summary>What those who want to know are told of an event of a convoy.</summary>
/// <param name="Urgent">Somebody should do something.</param>
sealed record Notice(string Subject, string Body, bool Urgent)
{
    /// <summary>Null when nobody is told of such an event.</summary>
    public static Notice? Of(object happened) => happened switch
    {
        ConvoyLanded e => Make(e.Convoy, "has landed", $"{e.Convoy.Progress.Closed} of {e.Convoy.Progress.Total} items are closed{(e.Convoy.Progress.Failed > 0 ? $", {e.Convoy.Progress.Failed} of them failed" : "")}."),
        ConvoyReopened e => Make(e.Convoy, "is open again", "Items were added to it, or one of its items was opened again."),
        ConvoyCancelled e => Make(e.Convoy, "was cancelled", $"By {e.Event.Actor}{(e.Reason is null ? "." : $": {e.Reason}")}"),
        ConvoyStranded { Convoy.Stranded: { } s } e => Make(e.Convoy, "does not get on", $"{s.Reason}\n{s.Next}", urgent: true),
        ConvoyLate e => Make(e.Convoy, "is expected to be late", $"It should have landed by {e.Convoy.Deadline:u} and is expected at {e.Expected:u}.", urgent: true),
        ConvoyOverdue e => Make(e.Convoy, "is overdue", $"It should have landed by {e.Convoy.Deadline:u}; {e.Convoy.Progress.Closed} of {e.Convoy.Progress.Total} items are closed.", urgent: true),
        ConvoyBudgetLow e => Make(e.Convoy, "has spent most of its budget", string.Create(CultureInfo.InvariantCulture, $"{e.SpentUsd:0.00} of {e.Convoy.BudgetUsd:0.00} USD are spent. When all is, nothing more is slung: cm convoy set {e.Convoy.Id} --budget USD gives it more."), urgent: true),
        _ => null,
    };

    static Notice Make(ConvoySnapshot convoy, string what, string body, bool urgent = false)
    {
        var subject = $"{convoy.Name} {what} ({convoy.Id})";
        return new(subject.Length > 300 ? subject[..300] : subject, $"{body}\n\ncm convoy show {convoy.Id}", urgent);
    }
}
