using System.Security.Cryptography;
using Microsoft.IdentityModel.Tokens;

namespace ClaudeManage.ServiceDefaults.Auth;

/// <summary>
/// The town's own signing key (ECDSA P-256), made at first start and kept in one file that only its owner may read.
/// A service that only checks tokens needs no more than the public half, and is given no more.
/// </summary>
public sealed class TownKey : IDisposable
{
    readonly ECDsa _key;
    readonly InMemoryCryptoProviderCache _providers = new();

    TownKey(ECDsa key, bool canSign)
    {
        _key = key;
        CanSign = canSign;
        Security = new ECDsaSecurityKey(key)
        {
            KeyId = Convert.ToHexStringLower(SHA256.HashData(key.ExportSubjectPublicKeyInfo()))[..16],
            // The library's own cache is the process's and goes by KeyId: a town started again in one process would get the signer of the one that ended.
            CryptoProviderFactory = new CryptoProviderFactory(_providers),
        };
    }

    /// <summary>The key in the form token handlers take.</summary>
    public ECDsaSecurityKey Security { get; }

    /// <summary>False where only the public half is known.</summary>
    public bool CanSign { get; }

    /// <summary>The public half, for those who only check tokens.</summary>
    public string PublicPem => _key.ExportSubjectPublicKeyInfoPem() + "\n";

    /// <summary>Reads the key, or makes it. The file appears whole or not at all.</summary>
    /// <exception cref="IOException">The file cannot be read or written; the message names it.</exception>
    public static TownKey LoadOrCreate(string path)
    {
        if (!File.Exists(path))
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            using var fresh = ECDsa.Create(ECCurve.NamedCurves.nistP256);
            PrivateFile.WriteNew(path, fresh.ExportPkcs8PrivateKeyPem());
        }
        return Load(path);
    }

    /// <summary>Reads a whole key that somebody else made.</summary>
    /// <exception cref="IOException">The file cannot be read or holds no such key; the message names it.</exception>
    public static TownKey Load(string path) => Read(path, "private", key =>
    {
        key.ExportECPrivateKey();
        return new TownKey(key, canSign: true);
    });

    /// <summary>Reads the public half of a key; of a whole one it takes no more than that.</summary>
    /// <inheritdoc cref="Load" path="/exception"/>
    public static TownKey LoadPublic(string path) => Read(path, "public", key =>
    {
        var half = ECDsa.Create(key.ExportParameters(includePrivateParameters: false));
        key.Dispose();
        return new TownKey(half, canSign: false);
    });

    static TownKey Read(string path, string half, Func<ECDsa, TownKey> use)
    {
        var key = ECDsa.Create();
        try
        {
            key.ImportFromPem(File.ReadAllText(path));
            return key.KeySize == 256 ? use(key) : throw new CryptographicException("it is not on the curve P-256");
        }
        catch (Exception e)
        {
            key.Dispose();
            if (e is not (ArgumentException or CryptographicException)) throw;
            throw new IOException($"{path} is not the PEM of a {half} P-256 key: {e.Message} `openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256` makes one.", e);
        }
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
