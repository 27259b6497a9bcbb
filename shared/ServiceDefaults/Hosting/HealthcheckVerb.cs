using Microsoft.Extensions.Configuration;

namespace ClaudeManage.ServiceDefaults.Hosting;

/// <summary>The verb <c>healthcheck</c>: asks the service that runs beside it whether it is ready, so that an image needs no curl.</summary>
public static class HealthcheckVerb
{
    static readonly TimeSpan Longest = TimeSpan.FromSeconds(10);

    /// <summary>0 when <c>/health/ready</c> of this configuration's address says so; 1 with its answer on standard error.</summary>
    public static async Task<int> RunAsync(string[] args)
    {
        var configuration = new ConfigurationBuilder().AddEnvironmentVariables("ASPNETCORE_").AddEnvironmentVariables().AddCommandLine(args).Build();
        var address = AddressOf(configuration);
        try
        {
            using var client = new HttpClient { Timeout = Longest };
            using var answer = await client.GetAsync(new Uri(address, "/health/ready"));
            if (answer.IsSuccessStatusCode) return 0;
            await Console.Error.WriteLineAsync($"{address} is not ready: {await answer.Content.ReadAsStringAsync()}");
        }
        catch (Exception e) when (e is HttpRequestException or OperationCanceledException)
        {
            await Console.Error.WriteLineAsync($"{address} does not answer: {e.Message}");
        }
        return 1;
    }

    /// <summary>Where a service with this configuration is reached from its own machine.</summary>
    internal static Uri AddressOf(IConfiguration configuration)
    {
        if (configuration["urls"] is not { Length: > 0 } urls)
            return new Uri($"http://127.0.0.1:{(configuration["http_ports"] is { Length: > 0 } ports ? ports.Split(';')[0] : "8080")}");
        var address = BindingAddress(urls.Split(';')[0]);
        return new Uri(address);
    }

    // "+", "*" and the addresses that mean all of them are not addresses one can ask.
    static string BindingAddress(string url)
    {
        var binding = Microsoft.AspNetCore.Http.BindingAddress.Parse(url);
        var host = binding.Host is "+" or "*" or "0.0.0.0" or "[::]" ? "127.0.0.1" : binding.Host;
        return $"{binding.Scheme}://{host}:{binding.Port}";
    }
}
