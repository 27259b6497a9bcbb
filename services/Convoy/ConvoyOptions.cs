using System.ComponentModel.DataAnnotations;

namespace ClaudeManage.Convoy;

/// <summary>Section <c>Convoy</c>. What belongs to one convoy or one rig is in its own settings.</summary>
public sealed class ConvoyOptions
{
    /// <summary>How long making, launching or planning a convoy waits for an item it does not know yet.</summary>
    [Range(0, 30_000)]
    public int UnknownItemWaitMilliseconds { get; set; } = 2_000;
}
