using System.Security.Cryptography;
using Microsoft.IdentityModel.Tokens;

namespace ClaudeManage.ServiceDefaults.Auth;

/// <summary>
/// The town's own signing key (ECDSA P-256), made at first start and kept in one file that only its owner may read.
/// A service that only checks tokens needs no more than the public half.
/// </summary>
public sealed class TownKey : IDisposable
{
    readonly ECDsa _key;
    readonly InMemoryCryptoProviderCache _providers = new();

    TownKey(ECDsa key, bool canSign)
    {
        (_key, CanSign) = (key, canSign);
        Security = new ECDsaSecurityKey(key)
        {
            KeyId = Convert.ToHexStringLower(SHA256.HashData(key.ExportSubjectPublicKeyInfo()))[..16],
            // The library's own cache is the process's and goes by KeyId: a town started again in one process would get the signer of the one that ended.
            CryptoProviderFactory = new CryptoProviderFactory(_providers),
        };
    }

    /// <summary>The key in the form token handlers take.</summary>
    public ECDsaSecurityKey Security { get; }

    /// <summary>False for the public half alone: it checks tokens and makes none.</summary>
    public bool CanSign { get; }

    /// <summary>The public half as PEM, for those who only check tokens.</summary>
    public string PublicPem => _key.ExportSubjectPublicKeyInfoPem();

    /// <summary>Reads a PEM file of either half.</summary>
    /// <exception cref="IOException">It cannot be read, or is no such key; the message names it.</exception>
    public static TownKey Load(string path)
    {
        var key = ECDsa.Create();
        try
        {
            var pem = File.ReadAllText(path);
            key.ImportFromPem(pem);
            return new TownKey(key, pem.Contains("PRIVATE KEY", StringComparison.Ordinal));
        }
        catch (Exception e) when (e is ArgumentException or CryptographicException)
        {
            key.Dispose();
            throw new IOException($"{path} holds no PEM of an elliptic curve key: {e.Message}", e);
        }
    }

    /// <summary>Reads the key, or makes it. The file appears whole or not at all.</summary>
    /// <exception cref="IOException">The file cannot be read or written; the message names it.</exception>
    public static TownKey LoadOrCreate(string path)
    {
        if (!File.Exists(path))
        {
            using var fresh = ECDsa.Create(ECCurve.NamedCurves.nistP256);
            PrivateFile.WriteNew(path, fresh.ExportPkcs8PrivateKeyPem());
        }
        return Load(path);
    }

    /// <inheritdoc />
    public void Dispose()
    {
        _providers.Dispose();
        _key.Dispose();
    }
}

/// <summary>Files that hold secrets: mode 0600 from the first byte, and never half written.</summary>
public static class PrivateFile
{
    /// <summary>Writes the file unless another process made it first.</summary>
    public static void WriteNew(string path, string text)
    {
        var temporary = WriteTemporary(path, text);
        try { File.Move(temporary, path, overwrite: false); }
        catch (IOException) when (File.Exists(path)) { File.Delete(temporary); }
    }

    /// <summary>Writes or replaces the file.</summary>
    public static void Write(string path, string text) => File.Move(WriteTemporary(path, text), path, overwrite: true);

    static string WriteTemporary(string path, string text)
    {
        var temporary = $"{path}.{Guid.NewGuid():N}";
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        using var writer = new StreamWriter(new FileStream(temporary, options));
        writer.Write(text);
        return temporary;
    }
}
