using ClaudeManage.Contracts.Health;
using ClaudeManage.Health.Data;
using ClaudeManage.Health.Running;
using ClaudeManage.ServiceDefaults.Auth;
using ClaudeManage.ServiceDefaults.Edge;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace ClaudeManage.Health.Features;

/// <summary><c>GET /agents/{agentId}/health</c>: judged at the moment of asking, with the age of every signal.</summary>
static class ReadAgentHealth
{
    public static void Map(IEndpointRouteBuilder routes) => routes.MapGet("/agents/{agentId}/health", Handle);

    static async Task<Ok<AgentHealth>> Handle(AddressPath agentId, Caller caller, HealthDbContext db, AgentWatch watch, CancellationToken ct)
    {
        caller.RequireReach(agentId.Value);
        var row = await db.Agents.AsNoTracking().SingleOrDefaultAsync(a => a.AgentId == agentId.Value, ct)
            ?? throw Refusal.NotFound("agent", agentId.Value).AsException();
        return TypedResults.Ok(await watch.DescribeAsync(row, ct));
    }
}
