namespace ClaudeManage.Hook.Domain;

/// <summary>Names for polecats: short words of weather, stone and bird, unique within a rig; used up, they begin again with a number.</summary>
static class PolecatNames
{
    /// <summary>In the order in which a rig uses them.</summary>
    public static readonly IReadOnlyList<string> List =
    [
        "ash", "basalt", "cirrus", "dunlin", "ember", "flint", "gale", "heron", "ibis", "jasper", "kestrel", "lark", "mica", "nimbus", "onyx",
        "plover", "quartz", "rook", "squall", "tern", "umber", "vireo", "wren", "yarrow", "zephyr", "agate", "breeze", "chert", "drift", "egret",
        "frost", "garnet", "hail", "iris", "jackdaw", "kite", "linnet", "marl", "nuthatch", "opal", "petrel", "rain", "siskin", "thaw", "slate",
        "twite", "whimbrel", "fog", "granite", "swift",
    ];

    /// <summary>The first name nobody has: <c>ash</c> … <c>swift</c>, then <c>ash-2</c> and so on.</summary>
    public static string Next(IReadOnlySet<string> taken)
    {
        for (var round = 1; ; round++)
            foreach (var name in List)
            {
                var candidate = round == 1 ? name : $"{name}-{round}";
                if (!taken.Contains(candidate)) return candidate;
            }
    }
}
