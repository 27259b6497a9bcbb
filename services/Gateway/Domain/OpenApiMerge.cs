using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace ClaudeManage.Gateway.Domain;

/// <summary>Puts the services' OpenAPI documents together into the town's.</summary>
static partial class OpenApiMerge
{
    const string Schemas = "#/components/schemas/";

    /// <summary>
    /// The first document with everything of the others. Of each only what its service is routed for is taken; a route that its service does
    /// not describe now (it is down) stands there with its parameters only. A schema's name that two services give to different things gets
    /// the service's name in front.
    /// </summary>
    public static JsonObject Merge(JsonObject own, IEnumerable<(string Service, JsonObject? Document)> parts, IReadOnlyList<ServiceRoute> routes)
    {
        var whole = own.DeepClone().AsObject();
        var paths = Member(whole, "paths");
        var schemas = Member(Member(whole, "components"), "schemas");
        foreach (var (service, part) in parts)
        {
            if (part is not null) AddPart(service, part.DeepClone().AsObject(), paths, schemas, routes);
            foreach (var route in routes.Where(r => r.Service == service))
                Member(paths, Plain(route.Path)).TryAdd(route.Method.ToLowerInvariant(), Undescribed(route));
        }
        whole["paths"] = new JsonObject(paths.OrderBy(p => p.Key, StringComparer.Ordinal).Select(p => KeyValuePair.Create(p.Key, p.Value?.DeepClone())));
        whole["tags"] = new JsonArray([.. Tags(whole).Order(StringComparer.Ordinal).Select(t => new JsonObject { ["name"] = t })]);
        return whole;
    }

    static void AddPart(string service, JsonObject part, JsonObject paths, JsonObject schemas, IReadOnlyList<ServiceRoute> routes)
    {
        var theirs = part["components"]?["schemas"]?.AsObject() ?? [];
        foreach (var name in Clashes(theirs, schemas)) Rename(part, name, $"{char.ToUpperInvariant(service[0])}{service[1..]}{name}");
        foreach (var (name, schema) in part["components"]?["schemas"]?.AsObject() ?? []) schemas.TryAdd(name, schema?.DeepClone());
        foreach (var route in routes.Where(r => r.Service == service))
            if (part["paths"]?[Plain(route.Path)]?[route.Method.ToLowerInvariant()] is { } operation)
                Member(paths, Plain(route.Path))[route.Method.ToLowerInvariant()] = operation.DeepClone();
    }

    /// <summary>Names that mean something else already, and those that lead to one of them.</summary>
    static IReadOnlyList<string> Clashes(JsonObject theirs, JsonObject ours)
    {
        var clashing = theirs.Where(s => ours.TryGetPropertyValue(s.Key, out var known) && !JsonNode.DeepEquals(known, s.Value)).Select(s => s.Key).ToList();
        for (var i = 0; i < clashing.Count; i++)
            clashing.AddRange(theirs.Where(s => !clashing.Contains(s.Key) && ours.ContainsKey(s.Key) && References(s.Value).Any(r => Reference(r) == Schemas + clashing[i])).Select(s => s.Key).ToList());
        return clashing;
    }

    static void Rename(JsonObject part, string name, string to)
    {
        foreach (var reference in References(part).Where(r => Reference(r) == Schemas + name).ToList()) reference["$ref"] = Schemas + to;
        var schemas = part["components"]!["schemas"]!.AsObject();
        var schema = schemas[name];
        schemas.Remove(name);
        schemas[to] = schema;
    }

    static IEnumerable<JsonObject> References(JsonNode? node) => node switch
    {
        JsonObject o => (Reference(o) is null ? [] : Enumerable.Repeat(o, 1)).Concat(o.SelectMany(p => References(p.Value))),
        JsonArray a => a.SelectMany(References),
        _ => [],
    };

    static string? Reference(JsonObject o) => o["$ref"] is JsonValue v && v.TryGetValue<string>(out var text) ? text : null;

    static JsonObject Undescribed(ServiceRoute route) => new()
    {
        ["tags"] = new JsonArray(route.Service),
        ["summary"] = $"The service {route.Service} did not describe it when this document was made.",
        ["parameters"] = new JsonArray([.. Parameter().Matches(Plain(route.Path)).Select(m => new JsonObject
        {
            ["name"] = m.Groups[1].Value,
            ["in"] = "path",
            ["required"] = true,
            ["schema"] = new JsonObject { ["type"] = "string" },
        })]),
        ["responses"] = new JsonObject { ["default"] = new JsonObject { ["description"] = "Not described." } },
    };

    static IEnumerable<string> Tags(JsonObject whole) => whole["paths"]!.AsObject()
        .SelectMany(p => p.Value!.AsObject()).SelectMany(o => o.Value?["tags"]?.AsArray() ?? []).Select(t => t!.GetValue<string>()).Distinct();

    static JsonObject Member(JsonObject parent, string name)
    {
        if (parent[name] is not JsonObject child) parent[name] = child = [];
        return child;
    }

    /// <summary><c>/sessions/{id:guid}</c> is described as <c>/sessions/{id}</c>.</summary>
    static string Plain(string path) => Constraint().Replace(path, "}");

    [GeneratedRegex(":[^}]*}")]
    private static partial Regex Constraint();

    [GeneratedRegex("{([^}]*)}")]
    private static partial Regex Parameter();
}
