using System.Text.Json.Nodes;
using ClaudeManage.Gateway;
using ClaudeManage.Gateway.Domain;
using ClaudeManage.Tests.Hosting;
using ClaudeManage.Tests.Servers;
using ClaudeManage.Town;
using Microsoft.AspNetCore.Builder;

namespace ClaudeManage.GatewayTests;

/// <summary>The gateway's document is the town's.</summary>
public sealed class OpenApiTests
{
    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_merged_document_is_the_town_s()
    {
        using var scratch = new ScratchDirectory("cm-openapi");
        await using var town = TownHost.Build(new TownHostOptions(scratch.Path, 0, new Dictionary<string, string?> { ["Supervisor:Enabled"] = "false" }));
        await Persistence.PersistenceRegistration.MigrateModulesAsync(town.Services, Ct);
        TownHost.Map(town);
        await town.StartAsync(Ct);
        var expected = await ReadAsync(town.Urls.First());

        using var keys = new Keys();
        var hosts = new Dictionary<string, ModuleTestHost>();
        try
        {
            foreach (var module in TownModules.All())
                hosts[module.Name] = await ModuleTestHost.StartAsync([module], settings: new Dictionary<string, string?> { ["Auth:KeyFile"] = keys.Whole, ["Supervisor:Enabled"] = "false" });
            await using var front = await Front.StartAsync(GatewayOptions.Names.ToDictionary(n => n, n => new[] { hosts[n].Address.ToString() }), keys.Whole);
            // No node is known yet: what supervisors serve stands there undescribed.
            var merged = await ReadAsync(front.Address.ToString());
            Assert.Equal(Operations(expected), Operations(merged));
            Assert.Contains("did not describe it", merged["paths"]!["/sessions"]!["get"]!["summary"]!.GetValue<string>());
        }
        finally
        {
            foreach (var host in hosts.Values) await host.DisposeAsync();
            await town.StopAsync(Ct);
        }
    }

    [Fact]
    public async Task A_node_describes_what_nodes_serve()
    {
        await using var town = await NodeTown.StartAsync("n1");
        var merged = await ReadAsync(town.Front.Address.ToString());
        Assert.StartsWith("3.1", merged["openapi"]!.GetValue<string>());
        Assert.Null(merged["paths"]!["/sessions"]!["get"]!["summary"]);
        Assert.NotNull(merged["paths"]!["/hooks/{hookId}/claim"]!["post"]!["responses"]!["200"]);
        AssertComplete(merged);
    }

    [Fact]
    public void A_name_that_two_services_give_to_different_things_is_told_apart()
    {
        var merged = OpenApiMerge.Merge(
            JsonNode.Parse("""{"openapi":"3.1.1","paths":{}}""")!.AsObject(),
            [("work", Document("/a", "string")), ("hook", Document("/b", "integer")), ("convoy", null)],
            [new("work", "GET", "/a"), new("hook", "GET", "/b"), new("convoy", "GET", "/c/{id:guid}")]);
        AssertComplete(merged);
        string Reference(string path) => merged["paths"]![path]!["get"]!["responses"]!["200"]!["content"]!["application/json"]!["schema"]!["$ref"]!.GetValue<string>();
        Assert.Equal(("#/components/schemas/Outer", "#/components/schemas/HookOuter"), (Reference("/a"), Reference("/b")));
        var schemas = merged["components"]!["schemas"]!.AsObject();
        Assert.Equal(["HookInner", "HookOuter", "Inner", "Outer", "Same"], schemas.Select(s => s.Key).Order(StringComparer.Ordinal));
        Assert.Equal("integer", schemas["HookInner"]!["type"]!.GetValue<string>());
        Assert.Equal("id", merged["paths"]!["/c/{id}"]!["get"]!["parameters"]![0]!["name"]!.GetValue<string>());
        Assert.Null(merged["paths"]!["/secret"]);
    }

    /// <summary>Outer is the same text everywhere and leads to an Inner that is not.</summary>
    static JsonObject Document(string path, string inner) => JsonNode.Parse($$$"""
        {
          "paths": {
            "{{{path}}}": { "get": { "tags": ["x"], "responses": { "200": { "content": { "application/json": { "schema": { "$ref": "#/components/schemas/Outer" } } } } } } },
            "/secret": { "get": {} }
          },
          "components": { "schemas": {
            "Outer": { "properties": { "inner": { "$ref": "#/components/schemas/Inner" }, "same": { "$ref": "#/components/schemas/Same" } } },
            "Inner": { "type": "{{{inner}}}" },
            "Same": { "type": "boolean" }
          } }
        }
        """)!.AsObject();

    static IReadOnlyList<string> Operations(JsonObject document) =>
        [.. document["paths"]!.AsObject().SelectMany(p => p.Value!.AsObject().Select(o => $"{p.Key} {o.Key}")).Order(StringComparer.Ordinal)];

    static void AssertComplete(JsonObject document)
    {
        var schemas = document["components"]!["schemas"]!.AsObject().Select(s => $"#/components/schemas/{s.Key}").ToHashSet();
        Assert.All(References(document), r => Assert.Contains(r, schemas));
        Assert.NotEmpty(References(document));
    }

    static IEnumerable<string> References(JsonNode? node) => node switch
    {
        JsonObject o => o.SelectMany(p => p is { Key: "$ref", Value: JsonValue v } ? [v.GetValue<string>()] : References(p.Value)),
        JsonArray a => a.SelectMany(References),
        _ => [],
    };

    static async Task<JsonObject> ReadAsync(string address)
    {
        using var http = new HttpClient();
        return JsonNode.Parse(await http.GetStringAsync(address.TrimEnd('/') + "/openapi.json", Ct))!.AsObject();
    }
}
