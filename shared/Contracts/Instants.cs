namespace ClaudeManage.Contracts;

/// <summary>Comparing points in time.</summary>
public static class Instants
{
    /// <summary>The later of two.</summary>
    public static DateTimeOffset Later(DateTimeOffset a, DateTimeOffset b) => a > b ? a : b;
}
