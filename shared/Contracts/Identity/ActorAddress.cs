using System.Text.RegularExpressions;

namespace ClaudeManage.Contracts.Identity;

/// <summary>
/// Who acts: <c>overseer[/person]</c>, <c>mayor</c>, <c>deacon</c>, <c>rig/witness</c>, <c>rig/refinery</c>,
/// <c>rig/crew/name</c>, <c>rig/polecats/name</c>, <c>external/source</c>, <c>system/service</c>.
/// Lower-case letters, digits and <c>-</c>; each part at most 40 characters. A hook's id is its agent's address.
/// </summary>
public static partial class ActorAddress
{
    /// <summary>Name reserved for the hook a rig's scheduler feeds from.</summary>
    public const string PoolName = "pool";

    static readonly string[] TownRoles = ["overseer", "mayor", "deacon", "external", "system"];

    /// <summary>True for every address the grammar allows.</summary>
    public static bool IsValid(string? address)
    {
        if (string.IsNullOrEmpty(address)) return false;
        var parts = address.Split('/');
        if (parts.Length > 3 || !parts.All(IsPart)) return false;
        return parts switch
        {
            ["mayor"] or ["deacon"] or ["overseer"] => true,
            ["overseer" or "external" or "system", _] => true,
            [var rig, "witness" or "refinery"] => !TownRoles.Contains(rig),
            [var rig, "crew" or "polecats", _] => !TownRoles.Contains(rig),
            _ => false,
        };
    }

    /// <summary>True for an agent's hook or a rig's pool hook.</summary>
    public static bool IsHook(string? hookId) => IsPool(hookId) || IsValid(hookId);

    /// <summary>True for <c>rig/pool</c>.</summary>
    public static bool IsPool(string? hookId) => hookId?.Split('/') is [var rig, PoolName] && IsPart(rig) && !TownRoles.Contains(rig);

    /// <summary>The pool hook of a rig.</summary>
    public static string Pool(string rigId) => $"{rigId}/{PoolName}";

    /// <summary>The address of a polecat.</summary>
    public static string Polecat(string rigId, string name) => $"{rigId}/polecats/{name}";

    /// <summary>The address of a crew member.</summary>
    public static string Crew(string rigId, string name) => $"{rigId}/crew/{name}";

    /// <summary>The address of a part of the suite itself.</summary>
    public static string System(string service) => $"system/{service}";

    /// <summary>The rig an address or hook belongs to; null for town-level actors.</summary>
    public static string? RigOf(string hookId) =>
        hookId.Split('/') is [var rig, _, ..] && !TownRoles.Contains(rig) ? rig : null;

    /// <summary>The role part: overseer, mayor, deacon, witness, refinery, crew, polecats, external, system, pool.</summary>
    public static string RoleOf(string address) => address.Split('/') switch
    {
        [var only] => only,
        ["overseer" or "external" or "system", _] p => p[0],
        [_, var role, ..] => role,
        _ => address,
    };

    /// <summary>True for one part of an address: 1–40 of <c>a-z 0-9 -</c>, not beginning with <c>-</c>.</summary>
    public static bool IsPart(string part) => Part().IsMatch(part);

    [GeneratedRegex("^[a-z0-9][a-z0-9-]{0,39}$", RegexOptions.CultureInvariant)]
    private static partial Regex Part();
}
