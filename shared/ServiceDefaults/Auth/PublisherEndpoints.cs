using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace ClaudeManage.ServiceDefaults.Auth;

/// <summary>What a publisher's token opens: the endpoints that say so, and nothing that reads or changes anything else.</summary>
public static class PublisherEndpoints
{
    sealed class Open;

    /// <summary>A publisher may call this, like everybody else who is signed in.</summary>
    public static TBuilder OpenToPublishers<TBuilder>(this TBuilder builder) where TBuilder : IEndpointConventionBuilder => builder.WithMetadata(new Open());

    /// <summary>Whether it is marked so.</summary>
    public static bool IsOpenToPublishers(this Endpoint endpoint) => endpoint.Metadata.GetMetadata<Open>() is not null;

    internal static bool Permit(AuthorizationHandlerContext context) =>
        !context.User.HasClaim("role", Roles.Publisher) || (context.Resource as HttpContext)?.GetEndpoint()?.IsOpenToPublishers() is true;
}
