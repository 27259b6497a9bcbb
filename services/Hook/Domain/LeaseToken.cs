using System.Security.Cryptography;
using System.Text;

namespace ClaudeManage.Hook.Domain;

/// <summary>A lease's token: 128 random bits, shown once; what is stored is its SHA-256.</summary>
readonly record struct LeaseToken(string Text, string Hash)
{
    /// <summary>Longest text that can be a token; anything else is not even hashed.</summary>
    public const int MaxLength = 64;

    public static LeaseToken New()
    {
        var text = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));
        return new LeaseToken(text, HashOf(text));
    }

    public static string HashOf(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));

    /// <summary>Names the lease's due check, so that it can be withdrawn without having been remembered.</summary>
    public static Guid CheckOf(string hash) => new(Convert.FromHexString(hash.AsSpan(0, 32)));
}
