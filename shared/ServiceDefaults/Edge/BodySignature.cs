using System.Security.Cryptography;
using System.Text;

namespace ClaudeManage.ServiceDefaults.Edge;

/// <summary>What a shared secret says about a text that crosses the town's border: <c>sha256=</c> and the HMAC-SHA256 in hex, as GitHub writes it.</summary>
public static class BodySignature
{
    /// <summary>Shortest secret that is taken.</summary>
    public const int ShortestSecret = 16;

    /// <summary>The header it stands in.</summary>
    public const string Header = "X-ClaudeManage-Signature";

    const string Scheme = "sha256=";

    /// <summary>The signature of these bytes.</summary>
    public static string Of(string secret, ReadOnlySpan<byte> text) => Scheme + Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), text));

    /// <summary>Whether it is that signature. Takes as long for a wrong one as for the right one.</summary>
    public static bool Matches(string signature, string secret, ReadOnlySpan<byte> text) =>
        CryptographicOperations.FixedTimeEquals(Encoding.ASCII.GetBytes(Of(secret, text)), Encoding.ASCII.GetBytes(signature.ToLowerInvariant()));
}
