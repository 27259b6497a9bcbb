using ClaudeManage.Contracts.Work;
using ClaudeManage.ServiceDefaults.Auth;
using ClaudeManage.ServiceDefaults.Edge;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Options;

namespace ClaudeManage.Work.Features.Transfer;

/// <summary>
/// <c>POST /import</c>: an export, read as a stream. Everything is checked before the first row is written; the same again changes nothing, so
/// it needs no <c>Idempotency-Key</c>. With <c>dryRun=true</c> it says what would be done.
/// </summary>
static class ImportTown
{
    public static void Map(IEndpointRouteBuilder routes) => routes.MapPost("/import", HandleAsync).WithOwnIdempotency()
        .WithSummary("Take in an export (NDJSON); what is here already is left alone");

    static async Task<Ok<ImportResult>> HandleAsync(bool? dryRun, Caller caller, HttpContext http, IOptions<WorkOptions> options, ImportSurroundings surroundings, ImportWriter writer, CancellationToken ct)
    {
        caller.RequireTownOperator("Importing");
        if (http.Request.ContentType?.Split(';')[0].Trim() is not TownExport.MediaType)
            throw new Refusal(415, "not-ndjson", $"An import is an export's lines, with Content-Type: {TownExport.MediaType}. GET /export makes them.").AsException();
        if (http.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit) limit.MaxRequestBodySize = options.Value.ImportMaxMegabytes * 1024L * 1024;
        await using var spool = new ImportSpool();
        var plan = await spool.FillAsync(http.Request.BodyReader, ct);
        var order = plan.InOrder();
        await surroundings.CheckAsync(plan, ct);
        return TypedResults.Ok(await writer.WriteAsync(plan, order, spool, caller, dryRun ?? false, ct));
    }
}
