using System.Numerics;
using System.Security.Cryptography;
using System.Text;
using ClaudeManage.Contracts.Identity;

namespace ClaudeManage.Cli.Import.Beads;

/// <summary>
/// Ids as they will be here. Those the town's rule allows stay; others (<c>bd-main-idj</c>, another prefix) get one that follows from the old
/// one alone, so that importing again finds the same items.
/// </summary>
sealed class IdMap
{
    const int Longest = 24;
    readonly Dictionary<string, string> _map = [];

    /// <param name="ids">Every id, each with the prefix its rig has.</param>
    public IdMap(IEnumerable<(string Id, string Prefix)> ids)
    {
        var all = ids.DistinctBy(i => i.Id).OrderBy(i => i.Id, StringComparer.Ordinal).ToList();
        var taken = new HashSet<string>(all.Where(i => Stays(i.Id, i.Prefix)).Select(i => i.Id));
        foreach (var (id, prefix) in all) _map[id] = Stays(id, prefix) ? id : New(id, prefix, taken);
    }

    /// <summary>The id here; what is not among the issues keeps its name.</summary>
    public string this[string id] => _map.GetValueOrDefault(id, id);

    static bool Stays(string id, string prefix) => Ids.IsWorkItem(id) && Ids.PrefixOf(id) == prefix;

    static string New(string id, string prefix, HashSet<string> taken)
    {
        var rest = new string([.. id[(id.IndexOf('-', StringComparison.Ordinal) + 1)..].ToLowerInvariant().Where(c => char.IsAsciiLetterOrDigit(c))]);
        if (rest.Length is > 0 and <= Longest && taken.Add($"{prefix}-{rest}")) return $"{prefix}-{rest}";
        // Too long, empty, or taken by another: one that no other is likely to have.
        var hashed = $"{prefix}-{Base36(SHA256.HashData(Encoding.UTF8.GetBytes(id)))}";
        return taken.Add(hashed) ? hashed : throw new BeadsException($"No id here for {id}: rename it and repeat.");
    }

    static string Base36(byte[] hash)
    {
        var number = new BigInteger(hash.AsSpan(0, 8), isUnsigned: true);
        var text = new StringBuilder();
        for (var i = 0; i < 12; i++)
        {
            text.Insert(0, "0123456789abcdefghijklmnopqrstuvwxyz"[(int)(number % 36)]);
            number /= 36;
        }
        return text.ToString();
    }
}
