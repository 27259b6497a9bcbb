namespace ClaudeManage.Contracts.Work;

/// <summary>The longest a ledger takes, in characters; <see cref="Labels"/> is a number of them.</summary>
public static class WorkItemLimits
{
    /// <summary>A title.</summary>
    public const int Title = 300;

    /// <summary>A description, a comment, any other text.</summary>
    public const int Text = 64 * 1024;

    /// <summary>One label.</summary>
    public const int Label = 60;

    /// <summary>Labels of one item.</summary>
    public const int Labels = 50;

    /// <summary>A reference to another system.</summary>
    public const int Ref = 300;

    /// <summary>Who made something, as an import names them.</summary>
    public const int Name = 200;
}
