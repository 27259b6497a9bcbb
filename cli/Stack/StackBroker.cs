using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;

namespace ClaudeManage.Cli.Stack;

/// <summary>A stack's virtual host and users on a broker, through its management API.</summary>
sealed class StackBroker(Uri management, string prefix) : IDisposable
{
    readonly HttpClient _http = new() { BaseAddress = new Uri(management.GetLeftPart(UriPartial.Authority) + "/"), Timeout = TimeSpan.FromSeconds(20) };

    public string VirtualHost => prefix;

    /// <summary>The user of a service.</summary>
    public string User(string service) => $"{prefix}_{service}";

    /// <summary>Makes the virtual host and one user per service with narrow rights; repeatable.</summary>
    public async Task PrepareAsync(IReadOnlyDictionary<string, string> passwords, CancellationToken ct)
    {
        await SendAsync(HttpMethod.Put, $"api/vhosts/{VirtualHost}", new { }, ct);
        foreach (var service in StackServices.OnBroker)
        {
            await SendAsync(HttpMethod.Put, $"api/users/{User(service)}", new { password = passwords[service], tags = "" }, ct);
            await SetRightsAsync(User(service), BrokerRights.Of(service), ct);
        }
    }

    /// <summary>An administrator of our own instead of the one that every new broker has.</summary>
    public async Task ReplaceGuestAsync(string user, string password, CancellationToken ct)
    {
        await SendAsync(HttpMethod.Put, $"api/users/{user}", new { password, tags = "administrator" }, ct);
        await SendAsync(HttpMethod.Put, $"api/permissions/%2f/{user}", new { configure = ".*", write = ".*", read = ".*" }, ct);
        await SendAsync(HttpMethod.Delete, "api/users/guest", null, ct);
    }

    /// <summary>Removes it all, with every queue.</summary>
    public async Task RemoveAsync(CancellationToken ct)
    {
        await SendAsync(HttpMethod.Delete, $"api/vhosts/{VirtualHost}", null, ct);
        foreach (var service in StackServices.OnBroker) await SendAsync(HttpMethod.Delete, $"api/users/{User(service)}", null, ct);
    }

    /// <summary>Whether the API takes our login.</summary>
    public async Task<bool> AcceptsAsync(CancellationToken ct)
    {
        using var answer = await _http.SendAsync(Request(HttpMethod.Get, "api/whoami", null), ct);
        return answer.IsSuccessStatusCode;
    }

    public void Dispose() => _http.Dispose();

    Task SetRightsAsync(string user, BrokerRights rights, CancellationToken ct) =>
        SendAsync(HttpMethod.Put, $"api/permissions/{VirtualHost}/{user}", new { configure = rights.Configure, write = rights.Write, read = rights.Read }, ct);

    async Task SendAsync(HttpMethod method, string path, object? body, CancellationToken ct)
    {
        try
        {
            using var answer = await _http.SendAsync(Request(method, path, body), ct);
            if (answer.IsSuccessStatusCode || method == HttpMethod.Delete && answer.StatusCode == System.Net.HttpStatusCode.NotFound) return;
            throw new CommandFailedException(ExitCodes.Refused, $"The broker's management at {_http.BaseAddress} answers {method} {path} with {(int)answer.StatusCode}: {await answer.Content.ReadAsStringAsync(ct)}");
        }
        catch (HttpRequestException e)
        {
            throw new CommandFailedException(ExitCodes.NotReachable, $"The broker's management at {_http.BaseAddress} does not answer: {e.Message}");
        }
    }

    HttpRequestMessage Request(HttpMethod method, string path, object? body)
    {
        var request = new HttpRequestMessage(method, path);
        request.Headers.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes(Uri.UnescapeDataString(management.UserInfo))));
        if (body is not null) request.Content = JsonContent.Create(body);
        return request;
    }
}
