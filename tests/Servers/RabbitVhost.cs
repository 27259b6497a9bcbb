using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;

namespace ClaudeManage.Tests.Servers;

/// <summary>
/// A virtual host of its own for one test or fixture, deleted at the end with all its queues. It is made through the
/// management API where there is one, else through the control script. A broker from the environment may allow neither:
/// then this is the virtual host of the given URI, <see cref="IsOwn"/> is false, and only <see cref="Prefix"/> keeps runs apart.
/// </summary>
public sealed class RabbitVhost : IAsyncDisposable
{
    static readonly HttpClient Http = new();

    RabbitVhost(Uri broker, string name, bool isOwn)
    {
        Name = name;
        IsOwn = isOwn;
        Prefix = isOwn ? "" : Unique.Name("cm") + "-";
        Uri = new UriBuilder(broker) { Path = "/" + System.Uri.EscapeDataString(name) }.Uri;
    }

    public string Name { get; }

    /// <summary>amqp URI with user, password and this virtual host.</summary>
    public Uri Uri { get; }

    public bool IsOwn { get; }

    /// <summary>To be put before queue and exchange names; empty when the virtual host is our own.</summary>
    public string Prefix { get; }

    /// <summary>Skips or fails the test when there is no RabbitMQ (<see cref="TestServers"/>).</summary>
    public static async Task<RabbitVhost> CreateAsync(CancellationToken ct = default)
    {
        var broker = new Uri(TestServers.RequireRabbitMq());
        var name = Unique.Name("cm");
        if (TestServers.RabbitMqManagement is { } management)
        {
            var user = System.Uri.UnescapeDataString(broker.UserInfo.Split(':')[0]);
            await ManageAsync(management, HttpMethod.Put, $"api/vhosts/{name}", new { }, ct);
            await ManageAsync(management, HttpMethod.Put, $"api/permissions/{name}/{System.Uri.EscapeDataString(user)}",
                new { configure = ".*", write = ".*", read = ".*" }, ct);
        }
        else if (TestServers.RabbitMqControl is { } control)
        {
            await control.RunAsync(ct, "add-vhost", name);
        }
        else
        {
            return new RabbitVhost(broker, System.Uri.UnescapeDataString(broker.AbsolutePath.TrimStart('/')) is { Length: > 0 } given ? given : "/", false);
        }

        return new RabbitVhost(broker, name, true);
    }

    public async ValueTask DisposeAsync()
    {
        if (!IsOwn)
            return;
        if (TestServers.RabbitMqManagement is { } management)
            await ManageAsync(management, HttpMethod.Delete, $"api/vhosts/{Name}", null, CancellationToken.None);
        else if (TestServers.RabbitMqControl is { } control)
            await control.RunAsync(CancellationToken.None, "delete-vhost", Name);
    }

    static async Task ManageAsync(string management, HttpMethod method, string path, object? body, CancellationToken ct)
    {
        var api = new Uri(management.TrimEnd('/') + "/");
        using var request = new HttpRequestMessage(method, new Uri(api, path));
        request.Headers.Authorization = new AuthenticationHeaderValue("Basic",
            Convert.ToBase64String(Encoding.UTF8.GetBytes(System.Uri.UnescapeDataString(api.UserInfo))));
        request.Content = body is null ? null : JsonContent.Create(body);
        using var response = await Http.SendAsync(request, ct);
        response.EnsureSuccessStatusCode();
    }
}
