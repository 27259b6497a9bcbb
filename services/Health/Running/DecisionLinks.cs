using System.Globalization;
using System.Text;
using ClaudeManage.Contracts.Health;
using ClaudeManage.Health.Data;
using ClaudeManage.ServiceDefaults.Edge;
using Microsoft.Extensions.Options;

namespace ClaudeManage.Health.Running;

/// <summary>What a link says: this answer to this decision, in the name of whom it was sent to, until then.</summary>
/// <param name="Answer">Empty where whoever follows it writes the answer.</param>
sealed record DecisionLink(Guid DecisionId, string Answer, string To, DateTimeOffset Until)
{
    /// <summary>What is signed. Neither an address nor a number holds a line end, so it reads in one way only.</summary>
    public byte[] Signed => Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{DecisionId}\n{Answer}\n{To}\n{Until.ToUnixTimeSeconds()}"));

    /// <summary>The answer it gives.</summary>
    /// <param name="text">What was written by whoever followed it.</param>
    public DecisionAnswer Given(DecisionKind kind, string? text) => kind switch
    {
        DecisionKind.Approve => new(Approve: Answer == DecisionLinks.Yes ? true : Answer == DecisionLinks.No ? false : null),
        DecisionKind.Choose => new(Choice: Answer),
        _ => new(Text: text),
    };
}

/// <summary>Links that answer a decision without a token, signed with <c>Health:LinkSecret</c>.</summary>
sealed class DecisionLinks(IOptions<HealthOptions> options)
{
    public const string Yes = "yes", No = "no";

    const string Scheme = "sha256=";

    /// <summary>Whether there are any.</summary>
    public bool AreMade => options.Value is { LinkSecret: not null, LinkUrl: not null };

    /// <summary>One for each answer; a single one where the answer is a text.</summary>
    public IReadOnlyList<(string Answer, string Url)> Of(DecisionRow row, DateTimeOffset now)
    {
        string[] answers = row.Kind switch { DecisionKind.Approve => [Yes, No], DecisionKind.Choose => [.. row.Options], _ => [""] };
        return [.. answers.Select(answer => (answer, Url(new DecisionLink(row.Id, answer, row.AssignedTo, row.Deadline ?? now.AddHours(options.Value.LinkHours)))))];
    }

    /// <summary>Whether this town made it, as it is.</summary>
    public bool Made(DecisionLink link, string signature) => AreMade && BodySignature.Matches(Scheme + signature, options.Value.LinkSecret!, link.Signed);

    /// <summary>What people outside are told.</summary>
    public NoticeContent Content(NoticeRow notice, DecisionRow row)
    {
        var all = Of(row, notice.CreatedAt);
        var text = string.Join('\n', [.. row.Question is { } question ? (string[])[question, ""] : [], .. all.Select(l => $"{(l.Answer.Length == 0 ? "Write the answer" : l.Answer)}: {l.Url}"), "",
            $"Asked by {row.AskedBy}, {row.AskedAt:u}{(row.WorkItemId is null ? "" : $", about {row.WorkItemId}")}.{(row.Deadline is { } at ? $" To be decided by {at:u}." : "")}",
            $"Or in the town: cm inbox answer {row.Id}"]);
        return new(text, new { text = $"{notice.Subject}\n{text}", id = notice.Id, decision = row.ToSnapshot(), links = all.Select(l => new { answer = l.Answer, url = l.Url }) });
    }

    string Url(DecisionLink link) => string.Create(CultureInfo.InvariantCulture,
        $"{options.Value.LinkUrl!.TrimEnd('/')}/decisions/{link.DecisionId}/link?answer={Uri.EscapeDataString(link.Answer)}&to={Uri.EscapeDataString(link.To)}&until={link.Until.ToUnixTimeSeconds()}&signature={BodySignature.Of(options.Value.LinkSecret!, link.Signed)[Scheme.Length..]}");
}
