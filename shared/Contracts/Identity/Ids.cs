using System.Security.Cryptography;
using System.Text.RegularExpressions;

namespace ClaudeManage.Contracts.Identity;

/// <summary>
/// The one place where public ids are made. They are random, short enough to say aloud, stable and
/// opaque to code: <c>prefix-xxxxx</c> with five base-36 characters (60 million per prefix; whoever
/// inserts retries on a taken id).
/// </summary>
public static partial class Ids
{
    /// <summary>Prefix of what belongs to the town and to no rig.</summary>
    public const string TownPrefix = "hq";

    const string Alphabet = "0123456789abcdefghijklmnopqrstuvwxyz";

    /// <summary>A work item's id.</summary>
    public static string WorkItem(string prefix) => $"{prefix}-{Random()}";

    /// <summary>The id of a parent's n-th child.</summary>
    public static string Child(string parentId, int number) => $"{parentId}.{number}";

    /// <summary>A convoy's id.</summary>
    public static string Convoy() => $"{TownPrefix}-cv-{Random()}";

    /// <summary>A merge request's id.</summary>
    public static string MergeRequest(string prefix) => $"{prefix}-mr-{Random()}";

    /// <summary>The id of a molecule, or of a wisp.</summary>
    public static string Molecule(string prefix, bool wisp = false) => $"{prefix}-{(wisp ? "wisp" : "mol")}-{Random()}";

    /// <summary>Whether a molecule's id is that of a wisp.</summary>
    public static bool IsWisp(string moleculeId) => moleculeId.Split('-') is [_, "wisp", _];

    /// <summary>The work item that holds a molecule's items; theirs are its children, so that an item names its molecule.</summary>
    public static string RootOf(string moleculeId) => moleculeId.Split('-') is [var prefix, var kind, var rest] ? $"{prefix}-{kind}{rest}" : moleculeId;

    /// <summary>The outermost ancestor by name: <c>sh-molx7k2m.12</c> belongs to <c>sh-molx7k2m</c>.</summary>
    public static string RootOfItem(string workItemId) => workItemId.IndexOf('.') is > 0 and var dot ? workItemId[..dot] : workItemId;

    /// <summary>True for an item below a molecule's root: its workflow puts it on a hook when it is due, or closes it without.</summary>
    public static bool IsStep(string workItemId) => Step().IsMatch(workItemId);

    /// <summary>Time-ordered id of an event, assignment, session or message.</summary>
    public static Guid Ordered(DateTimeOffset now) => Guid.CreateVersion7(now);

    /// <summary>True for a rig's prefix: 2–8 lower-case letters, not the town's own.</summary>
    public static bool IsPrefix(string? prefix) => prefix is not null && prefix != TownPrefix && Prefix().IsMatch(prefix);

    /// <summary>True for what could be a work item's id.</summary>
    public static bool IsWorkItem(string? id) => id is not null && id.Length <= 80 && Item().IsMatch(id);

    /// <summary>True for what could be a convoy's id.</summary>
    public static bool IsConvoy(string? id) => id is not null && ConvoyId().IsMatch(id);

    /// <summary>The prefix an id begins with.</summary>
    public static string PrefixOf(string id) => id.Split('-', 2)[0];

    static string Random() => RandomNumberGenerator.GetString(Alphabet, 5);

    [GeneratedRegex("^[a-z]{2,8}$", RegexOptions.CultureInvariant)]
    private static partial Regex Prefix();

    [GeneratedRegex(@"^[a-z]{2,8}-[0-9a-z]{1,24}(\.[0-9]{1,6}){0,6}$", RegexOptions.CultureInvariant)]
    private static partial Regex Item();

    [GeneratedRegex(@"^[a-z]{2,8}-mol[0-9a-z]{5}\.", RegexOptions.CultureInvariant)]
    private static partial Regex Step();

    [GeneratedRegex("^hq-cv-[0-9a-z]{1,24}$", RegexOptions.CultureInvariant)]
    private static partial Regex ConvoyId();
}
