using ClaudeManage.Contracts.Convoy;

namespace ClaudeManage.Convoy.Domain;

/// <summary>What may be asked of a convoy.</summary>
enum ConvoyVerb
{
    Launch,
    Pause,
    Resume,
    Cancel,
    Add,
    Remove,
    Change,
}

/// <summary>Which verb which state takes. A verb that would change nothing is allowed and changes nothing.</summary>
static class ConvoyRules
{
    /// <summary>Null when it is allowed; else the refusal's code and what it says.</summary>
    public static (string Code, string Detail)? Refuse(ConvoyState state, ConvoyVerb verb, string id) => (state, verb) switch
    {
        (ConvoyState.Staged, ConvoyVerb.Pause or ConvoyVerb.Resume) => ("convoy-staged", $"Convoy {id} is staged and runs nothing yet. POST /convoys/{id}/launch begins it."),
        (ConvoyState.Landed, ConvoyVerb.Launch or ConvoyVerb.Pause or ConvoyVerb.Resume or ConvoyVerb.Cancel or ConvoyVerb.Remove or ConvoyVerb.Change) =>
            ("convoy-landed", $"Convoy {id} has landed already; there is nothing to {verb.ToString().ToLowerInvariant()}. POST /convoys/{id}/items opens it again for more work."),
        (ConvoyState.Cancelled, ConvoyVerb.Cancel) => null,
        (ConvoyState.Cancelled, _) => ("convoy-cancelled", $"Convoy {id} was cancelled. Make a new one for these items."),
        _ => null,
    };
}
