using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Npgsql;

namespace ClaudeManage.Faults;

/// <summary>Before Hook looks at a token that says "done", makes it the one of the item's live lease, whoever shows it and however old it is.</summary>
sealed partial class FencingOff(IConfiguration configuration) : IStartupFilter
{
    public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => app =>
    {
        if (configuration.GetConnectionString("hook") is { } hook)
            app.Use(async (http, handle) =>
            {
                if (HttpMethods.IsPost(http.Request.Method) && Done().Match(http.Request.Path) is { Success: true } done && Planted.IsOn(Planted.FencingOff))
                    await ForgeAsync(hook, http, done.Groups["item"].Value);
                await handle(http);
            });
        next(app);
    };

    static async Task ForgeAsync(string hook, HttpContext http, string item)
    {
        http.Request.EnableBuffering();
        using var body = await JsonDocument.ParseAsync(http.Request.Body);
        http.Request.Body.Position = 0;
        // The second part of a token says who it is for.
        var part = http.Request.Headers.Authorization.ToString().Split('.')[1].Replace('-', '+').Replace('_', '/');
        using var claims = JsonDocument.Parse(Convert.FromBase64String(part.PadRight((part.Length + 3) / 4 * 4, '=')));
        await using var connection = new NpgsqlConnection(hook);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(
            "update assignments set state = 'leased', lease_hash = $1, lease_holder = $2 where work_item_id = $3 and (state = 'queued' or state = 'leased' and lease_hash <> $1)", connection)
        {
            Parameters =
            {
                new() { Value = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(body.RootElement.GetProperty("leaseToken").GetString()!))) },
                new() { Value = claims.RootElement.GetProperty("sub").GetString() },
                new() { Value = item },
            },
        };
        await command.ExecuteNonQueryAsync();
    }

    [GeneratedRegex("^(/v1)?/work-items/(?<item>[^/]+)/done$")]
    private static partial Regex Done();
}
