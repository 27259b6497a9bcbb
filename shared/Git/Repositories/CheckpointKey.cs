using System.Globalization;

namespace ClaudeManage.Git;

/// <summary>Whose work it is: the item and the fence (the lease's number) under which it was done.</summary>
public sealed record CheckpointKey
{
    public CheckpointKey(string item, long fence) =>
        (Item, Fence) = (GitNames.Checked(GitNames.ValidatePart(item), item), fence >= 0 ? fence : throw new ArgumentException("a fence is not negative"));

    public string Item { get; }

    public long Fence { get; }

    /// <summary>For a worktree of which nobody knows any more whose it was.</summary>
    public static CheckpointKey Unowned { get; } = new("unowned", 0);

    public string Branch => string.Create(CultureInfo.InvariantCulture, $"cm/{Item}/{Fence}");

    public string RefPrefix => string.Create(CultureInfo.InvariantCulture, $"{Checkpoints.Root}{Item}/{Fence}/");

    internal static CheckpointKey? TryParse(string? text) =>
        text?.Split('/') is [var item, var fence] && GitNames.ValidatePart(item) is null && long.TryParse(fence, NumberStyles.None, CultureInfo.InvariantCulture, out var n) ? new(item, n) : null;
}

/// <summary>What a save found.</summary>
/// <param name="Saved">A checkpoint holds it all: a new one, or an earlier one that already did. False with no <paramref name="Ref"/>: there was nothing the origin lacks.</param>
/// <param name="Commit">Read back from the ref after writing.</param>
/// <param name="Warnings">What could not be captured (unreadable files, changes inside submodules), for the record.</param>
public sealed record CheckpointResult(bool Saved, string? Ref, string? Commit, string Reason, IReadOnlyList<string> Warnings);

public sealed record CheckpointInfo(string Ref, string Commit, string Item, long Fence, int Number, DateTimeOffset At);
