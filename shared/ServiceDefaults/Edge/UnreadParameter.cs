using System.Globalization;
using System.Reflection;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace ClaudeManage.ServiceDefaults.Edge;

/// <summary>
/// Names the optional parameter that cannot be read. The code that the compiler writes for requests refuses such a one, and no other, without a
/// word and runs the endpoint's filters (ASP.NET Core 10.0): this is the first of them, and nothing behind it sees the request.
/// </summary>
static class UnreadParameter
{
    static readonly MethodInfo Reading = typeof(UnreadParameter).GetMethod(nameof(Reads), BindingFlags.NonPublic | BindingFlags.Static)!;

    public static void Apply(RouteGroupBuilder group) => group.AddEndpointFilterFactory((endpoint, next) =>
    {
        var optional = endpoint.MethodInfo.GetParameters().SelectMany(Optional).ToList();
        return optional.Count == 0 ? next : context => context.HttpContext.Response.StatusCode == StatusCodes.Status400BadRequest
            ? throw Refuse(context.HttpContext.Request.Query, optional).AsException()
            : next(context);
    });

    static Refusal Refuse(IQueryCollection query, IEnumerable<(string Name, Type Type)> optional)
    {
        foreach (var (name, type) in optional)
            if (query[name].ToString() is { Length: > 0 } text && !(bool)Reading.MakeGenericMethod(type).Invoke(null, [text])!) return ProblemHandling.NotTaken(name, text);
        return new Refusal(400, "malformed", "A parameter of the request cannot be read. /openapi.json says what is expected.");
    }

    static IEnumerable<(string Name, Type Type)> Optional(ParameterInfo parameter) =>
        from value in parameter.IsDefined(typeof(AsParametersAttribute)) ? parameter.ParameterType.GetProperties().Select(p => (p.Name, Type: p.PropertyType)) : [(parameter.Name!, parameter.ParameterType)]
        let type = Nullable.GetUnderlyingType(value.Type)
        where type is not null && type.GetInterfaces().Any(i => i.IsGenericType && i.GetGenericTypeDefinition() == typeof(IParsable<>))
        select (JsonNamingPolicy.CamelCase.ConvertName(value.Name), type);

    static bool Reads<T>(string text) where T : IParsable<T> => T.TryParse(text, CultureInfo.InvariantCulture, out _);
}
