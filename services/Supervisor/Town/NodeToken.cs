using ClaudeManage.Contracts.Identity;
using ClaudeManage.ServiceDefaults.Auth;
using Microsoft.Extensions.Options;

namespace ClaudeManage.Supervisor.Town;

/// <summary>The bearer token this node speaks with: the configured one, or short-lived ones signed with the town's key.</summary>
sealed class NodeToken(IOptions<SupervisorOptions> options, TokenIssuer issuer, TimeProvider clock)
{
    static readonly TimeSpan Lifetime = TimeSpan.FromHours(1);

    readonly Lock _gate = new();
    string _token = "";
    DateTimeOffset _issued;

    public string Current()
    {
        if (options.Value.Token is { Length: > 0 } configured) return configured;
        if (options.Value.TokenFile is { Length: > 0 } file) return Read(file);
        lock (_gate)
        {
            var now = clock.GetUtcNow();
            // Also after the clock went back: the town would not take a token from the future.
            if (_token.Length == 0 || (now - _issued).Duration() > Lifetime / 2)
                (_token, _issued) = (issuer.Issue(ActorAddress.System("supervisor"), Roles.Supervisor, Lifetime), now);
            return _token;
        }
    }

    static string Read(string file)
    {
        try { return File.ReadAllText(file).Trim(); }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException) { throw new TownUnreachableException($"Supervisor:TokenFile cannot be read: {e.Message}", e); }
    }
}
