using System.Globalization;

namespace ClaudeManage.Journeys.Chaos;

/// <summary>
/// How much chaos: the short form unless <c>CHAOS_KILLS</c>, <c>CHAOS_ITEMS</c>, <c>CHAOS_SECONDS</c> (the longest it may take) say otherwise;
/// <c>CHAOS_SEED</c> repeats a run's choices.
/// </summary>
/// <param name="Rig">Whose work it is: a run has one of its own, several runs may use one town.</param>
/// <param name="Prefix">The rig's.</param>
public sealed record ChaosPlan(int Kills, int Items, TimeSpan Longest, int Seed, string Rig = "shop", string Prefix = "sh")
{
    public const int Workers = 8, Batch = 10;

    public static ChaosPlan FromEnvironment(int items = 200, int seconds = 240) => new(
        Number("CHAOS_KILLS", 6), Number("CHAOS_ITEMS", items), TimeSpan.FromSeconds(Number("CHAOS_SECONDS", seconds)), Number("CHAOS_SEED", Random.Shared.Next(1_000_000)));

    /// <summary>A number from the environment.</summary>
    public static int Number(string name, int otherwise) =>
        Environment.GetEnvironmentVariable(name) is { Length: > 0 } text ? int.Parse(text, NumberStyles.None, CultureInfo.InvariantCulture) : otherwise;
}
