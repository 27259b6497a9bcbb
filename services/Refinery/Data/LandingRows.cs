using ClaudeManage.Refinery.Domain;

namespace ClaudeManage.Refinery.Data;

/// <summary>An item whose requests land only together with its convoy.</summary>
sealed class HeldItem
{
    public string ItemId { get; set; } = "";
    public string ConvoyId { get; set; } = "";
}

/// <summary>A convoy whose requests land together: what it last said, and how far its landing is.</summary>
sealed class ConvoyLanding
{
    public string ConvoyId { get; set; } = "";

    /// <summary>Of the last word on which items it holds.</summary>
    public long HoldNumber { get; set; }

    /// <summary>Of the last order to land.</summary>
    public long Number { get; set; }

    public LandingPhase Phase { get; set; }
    public DateTimeOffset OrderedAt { get; set; }

    /// <summary>An origin that is not heard of until then ends the landing, once targets move.</summary>
    public DateTimeOffset? MoveBy { get; set; }

    /// <summary>Why it is being undone.</summary>
    public string? Reason { get; set; }

    public long Version { get; set; }
}

/// <summary>What a landing does in one rig. Kept until the next order of the convoy.</summary>
sealed class LandingPart
{
    public string ConvoyId { get; set; } = "";
    public string RigId { get; set; } = "";

    /// <summary>Targets move in this order.</summary>
    public int Place { get; set; }

    public PartState State { get; set; }
    public string? Target { get; set; }

    /// <summary>The target's tip on which the last proof stands.</summary>
    public string? Before { get; set; }

    /// <summary>The last of the requests' candidates, each of which stands on the one before.</summary>
    public string? After { get; set; }

    /// <summary>The commit that takes it back; written down before it is pushed.</summary>
    public string? Revert { get; set; }

    public long Version { get; set; }
}
