using ClaudeManage.Contracts.Health;

namespace ClaudeManage.Health.Domain;

/// <summary>Which answers a decision takes, and how its state goes on. It is answered once.</summary>
static class Decisions
{
    /// <summary>What is wrong with an answer; null when it can be given.</summary>
    public static string? Problem(DecisionKind kind, IReadOnlyList<string> options, DecisionAnswer answer) => kind switch
    {
        DecisionKind.Approve when answer.Approve is null => "This is decided by yes or no: `approve`.",
        DecisionKind.Choose when answer.Choice is null || !options.Contains(answer.Choice) => $"This is decided by a `choice` of {string.Join(", ", options)}.",
        DecisionKind.Answer when string.IsNullOrWhiteSpace(answer.Text) => "This is decided by a `text`.",
        DecisionKind.Edit when answer.Text is null => "This is decided by the edited `text`.",
        _ when Given(answer) != 1 => "An answer has one of `approve`, `choice` and `text`.",
        _ => null,
    };

    /// <summary>Only what is open moves.</summary>
    public static bool CanGo(DecisionState from, DecisionState to) => from == DecisionState.Open && to != DecisionState.Open;

    /// <summary>In a word or two, for mail and logs.</summary>
    public static string Words(DecisionAnswer answer) => answer.Approve is { } yes ? yes ? "yes" : "no" : answer.Choice ?? answer.Text ?? "";

    static int Given(DecisionAnswer a) => (a.Approve is null ? 0 : 1) + (a.Choice is null ? 0 : 1) + (a.Text is null ? 0 : 1);
}
