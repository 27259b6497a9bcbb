namespace ClaudeManage.Tests.Servers;

static class Unique
{
    /// <summary>Good as the name of a database, a virtual host, a queue, a directory.</summary>
    public static string Name(string prefix) => $"{prefix}_{Guid.NewGuid():n}"[..(prefix.Length + 13)];
}
