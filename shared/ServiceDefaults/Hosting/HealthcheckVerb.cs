using System.Text.Json;
using Microsoft.Extensions.Configuration;

namespace ClaudeManage.ServiceDefaults.Hosting;

/// <summary>
/// The verb <c>healthcheck</c> of every host: asks <c>/health/ready</c> of the host that runs with the same settings, so that a container
/// needs no curl. Exit 0 when it is ready; 1 when not, with the reason on standard error.
/// </summary>
public static class HealthcheckVerb
{
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    /// <summary>Asks the first address of <c>ASPNETCORE_URLS</c> or <c>--urls</c>; without one, <c>ASPNETCORE_HTTP_PORTS</c> or the default port.</summary>
    public static async Task<int> RunAsync(string[] args, TextWriter? error = null, CancellationToken ct = default)
    {
        error ??= Console.Error;
        var configuration = new ConfigurationBuilder().AddEnvironmentVariables("ASPNETCORE_").AddEnvironmentVariables("DOTNET_").AddCommandLine(args).Build();
        if (AddressOf(configuration) is not { } address)
        {
            await error.WriteLineAsync($"'{configuration["urls"]}' is no address to ask. Set ASPNETCORE_URLS as for the host itself, e.g. http://127.0.0.1:8080.");
            return 1;
        }
        var ready = new Uri(address, "/health/ready");
        // It asks itself over its own address, whatever name its certificate bears.
        using var handler = new HttpClientHandler { ServerCertificateCustomValidationCallback = HttpClientHandler.DangerousAcceptAnyServerCertificateValidator, UseProxy = false };
        using var http = new HttpClient(handler) { Timeout = Patience };
        try
        {
            using var answer = await http.GetAsync(ready, ct);
            if (answer.IsSuccessStatusCode) return 0;
            await error.WriteLineAsync($"{ready} answers {(int)answer.StatusCode}: {Missing(await answer.Content.ReadAsStringAsync(ct))}");
        }
        catch (HttpRequestException e)
        {
            await error.WriteLineAsync($"{ready} does not answer: {e.Message}");
        }
        catch (TaskCanceledException) when (!ct.IsCancellationRequested)
        {
            await error.WriteLineAsync($"{ready} does not answer within {Patience.TotalSeconds:0} seconds.");
        }
        return 1;
    }

    /// <summary>Where the host with these settings is reached from its own machine; null when they name no usable address.</summary>
    internal static Uri? AddressOf(IConfiguration configuration)
    {
        var first = configuration["urls"]?.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).FirstOrDefault()
            ?? $"http://localhost:{configuration["http_ports"]?.Split(';', StringSplitOptions.RemoveEmptyEntries).FirstOrDefault() ?? "5000"}";
        foreach (var everywhere in (string[])["://*", "://+", "://0.0.0.0", "://[::]"]) first = first.Replace(everywhere, "://localhost");
        return Uri.TryCreate(first, UriKind.Absolute, out var address) && address.Scheme is "http" or "https" && address.Port > 0 ? address : null;
    }

    static string Missing(string body)
    {
        try
        {
            using var report = JsonDocument.Parse(body);
            return string.Join(", ", report.RootElement.GetProperty("checks").EnumerateObject()
                .Where(c => c.Value.GetProperty("status").GetString() != "healthy")
                .Select(c => $"{c.Name} is {c.Value.GetProperty("status").GetString()} ({c.Value.GetProperty("detail").GetString()})"));
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException) { return body; }
    }
}
