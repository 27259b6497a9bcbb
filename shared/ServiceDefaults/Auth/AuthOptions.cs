using System.ComponentModel.DataAnnotations;

namespace ClaudeManage.ServiceDefaults.Auth;

/// <summary>
/// Whose tokens are taken, and whether this process signs some itself. Section <c>Auth</c>. With neither key file the process makes a key
/// in its data directory, as the town in one process does.
/// </summary>
public sealed class AuthOptions : IValidatableObject
{
    /// <summary>PEM of the town's private key: for the gateway and hook, which sign tokens.</summary>
    public string? KeyFile { get; set; }

    /// <summary>PEM of its public half: for everybody else, who only checks them.</summary>
    public string? PublicKeyFile { get; set; }

    /// <summary>An OpenID Connect authority whose tokens are taken beside the town's own, e.g. <c>https://login.example.com/town</c>.</summary>
    public string? Authority { get; set; }

    /// <summary>The audience its tokens must name.</summary>
    public string? Audience { get; set; }

    /// <summary>The claim of its tokens that holds the actor address; <c>role</c> and <c>rig</c> are as in the town's own.</summary>
    [Required]
    public string ActorClaim { get; set; } = "sub";

    /// <summary>The key the settings name.</summary>
    /// <param name="ownFile">Where a process with neither setting keeps its own.</param>
    internal TownKey LoadKey(string ownFile) =>
        KeyFile is { Length: > 0 } whole ? TownKey.Load(whole)
        : PublicKeyFile is { Length: > 0 } half ? TownKey.LoadPublic(half)
        : TownKey.LoadOrCreate(ownFile);

    /// <inheritdoc />
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (KeyFile is { Length: > 0 } && PublicKeyFile is { Length: > 0 })
            yield return new ValidationResult("Set Auth:KeyFile or Auth:PublicKeyFile, not both: the whole key holds the public half.");
        else if (Trouble(KeyFile, TownKey.Load) is { } whole) yield return new ValidationResult($"Auth:KeyFile: {whole}");
        else if (Trouble(PublicKeyFile, TownKey.LoadPublic) is { } half) yield return new ValidationResult($"Auth:PublicKeyFile: {half}");

        if (Authority is null or "") yield break;
        if (!Uri.TryCreate(Authority, UriKind.Absolute, out var authority) || !(authority.Scheme == Uri.UriSchemeHttps || (authority.Scheme == Uri.UriSchemeHttp && authority.IsLoopback)))
            yield return new ValidationResult($"Auth:Authority must be an https address; it is '{Authority}'.");
        if (Audience is null or "") yield return new ValidationResult("Auth:Audience must be set together with Auth:Authority: tokens the authority made for others are not meant for this town.");
    }

    static string? Trouble(string? file, Func<string, TownKey> load)
    {
        if (file is null or "") return null;
        try
        {
            load(file).Dispose();
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException) { return e.Message; }
    }
}
