using System.Diagnostics.CodeAnalysis;
using ClaudeManage.Contracts.Identity;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace ClaudeManage.ServiceDefaults.Edge;

/// <summary>
/// An actor address in a path, where its slashes may be percent-encoded or stand as they are:
/// <c>/hooks/shop/polecats/nux/claim</c> and <c>/hooks/shop%2Fpolecats%2Fnux/claim</c> mean the same.
/// Bind it as a parameter of an endpoint handler.
/// </summary>
public readonly record struct AddressPath(string Value) : IParsable<AddressPath>
{
    const char Joint = '~';     // allowed in a path, not in an address

    static readonly string[] Collections = ["hooks", "agents"];

    /// <inheritdoc />
    public override string ToString() => Value;

    /// <inheritdoc />
    public static AddressPath Parse(string s, IFormatProvider? provider) => new(s.Replace("%2F", "/", StringComparison.OrdinalIgnoreCase).Replace(Joint, '/'));

    /// <inheritdoc />
    public static bool TryParse([NotNullWhen(true)] string? s, IFormatProvider? provider, out AddressPath result)
    {
        result = s is null ? default : Parse(s, provider);
        return s is not null;
    }

    /// <summary>Folds the segments of an address into one before routing sees them.</summary>
    public static void Use(IApplicationBuilder app) => app.Use((http, next) =>
    {
        if (Fold(http.Request.Path.Value) is { } folded) http.Request.Path = folded;
        return next(http);
    });

    /// <summary>The path with its address as one segment; null when there is nothing to fold.</summary>
    public static string? Fold(string? path)
    {
        if (path?.Split('/') is not ["", var collection, _, _, ..] parts || !Collections.Contains(collection)) return null;
        var length = Length(parts[2..]);
        return length < 2 ? null : $"/{collection}/{string.Join(Joint, parts[2..(2 + length)])}" + string.Concat(parts[(2 + length)..].Select(p => "/" + p));
    }

    static int Length(string[] parts) => parts switch
    {
        ["overseer" or "external" or "system", var name, _, ..] when ActorAddress.IsPart(name) => 2,
        ["external" or "system", _] => 2,
        ["overseer" or "mayor" or "deacon", ..] => 1,
        [_, "crew" or "polecats", _, ..] => 3,
        [_, "pool" or "witness" or "refinery", ..] => 2,
        _ => 1,
    };
}
