using System.Text;
using ClaudeManage.Contracts.Http;
using ClaudeManage.Contracts.Workflow;
using ClaudeManage.Persistence;
using ClaudeManage.ServiceDefaults.Auth;
using ClaudeManage.ServiceDefaults.Edge;
using ClaudeManage.ServiceDefaults.Hosting;
using ClaudeManage.Workflow.Data;
using ClaudeManage.Workflow.Domain.Cooking;
using ClaudeManage.Workflow.Domain.Formulas;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace ClaudeManage.Workflow.Features;

/// <summary><c>/formulas</c> and <c>/protomolecules</c>.</summary>
static class FormulaEndpoints
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/formulas", List);
        routes.MapGet("/formulas/{name}", One);
        routes.MapPut("/formulas/{name}", Put).Accepts<string>("text/toml", "application/toml", "application/json", "text/plain");
        routes.MapPost("/formulas/validate", Validate).Accepts<string>("text/toml", "application/toml", "application/json", "text/plain");
        routes.MapPost("/formulas/{name}/cook", CookIt);
        routes.MapGet("/protomolecules/{id}", Proto);
    }

    static async Task<Ok<Page<FormulaSummary>>> List(string? rig, Caller caller, WorkflowDbContext db, FormulaLibrary library, CancellationToken ct)
    {
        var latest = await db.Formulas.AsNoTracking().Where(f => !db.Formulas.Any(o => o.Name == f.Name && o.Revision > f.Revision)).OrderBy(f => f.Name)
            .Select(f => new FormulaSummary(f.Name, f.Description, f.Type, f.FormulaVersion, f.Revision, "town", f.At, f.By)).ToListAsync(ct);
        var own = BuiltIn.All.Where(b => latest.All(l => l.Name != b.Key)).Select(b => BuiltInSummary(b.Key, FormulaReader.Read(b.Value, new Problems())!));
        var inRig = rig is null ? [] : await library.SummariesAsync(await RigAsync(rig, caller, db, ct), ct);
        return TypedResults.Ok(new Page<FormulaSummary>([.. inRig.Concat(latest.Concat(own).Where(f => inRig.All(r => r.Name != f.Name))).OrderBy(f => f.Name, StringComparer.Ordinal)], null));
    }

    static async Task<Ok<FormulaDetail>> One(string name, string? rig, Caller caller, WorkflowDbContext db, FormulaLibrary library, CancellationToken ct) =>
        TypedResults.Ok(await DetailAsync(name, library, rig is null ? null : await RigAsync(rig, caller, db, ct), ct));

    static async Task<Ok<FormulaDetail>> Put(string name, HttpRequest request, Caller caller, WorkflowDbContext db, FormulaLibrary library, TimeProvider clock, CancellationToken ct)
    {
        caller.RequireOperator("Putting a formula into the town");
        var source = await BodyAsync(request, ct);
        var problems = new Problems();
        var formula = FormulaReader.Read(source, problems);
        if (formula is not null && formula.Name != name) problems.Error("formula", $"the formula is called \"{formula.Name}\" and was put as \"{name}\"");
        if (!FormulaValidation.NamePattern().IsMatch(name)) problems.Error("formula", $"\"{name}\" is no name of a formula");
        if (formula is not null) await library.CookAsync(source, null, problems, null, ct);
        if (problems.HasErrors) throw FormulaLibrary.Refuse(400, problems);
        await db.TransactAsync(async token =>
        {
            await db.LockAsync($"formula:{name}", token);
            var last = await db.Formulas.Where(f => f.Name == name).OrderByDescending(f => f.Revision).FirstOrDefaultAsync(token);
            if (last?.Source == source) return;
            db.Formulas.Add(new FormulaRow
            {
                Name = name,
                Revision = (last?.Revision ?? 0) + 1,
                Source = source,
                Type = Word(formula!.Type),
                FormulaVersion = formula.Version,
                Description = formula.Description,
                By = caller.Actor,
                At = clock.Now(),
            });
        }, ct);
        return TypedResults.Ok(await DetailAsync(name, library, null, ct));
    }

    static async Task<Ok<FormulaValidationResult>> Validate(HttpRequest request, string? rig, Caller caller, WorkflowDbContext db, FormulaLibrary library, CancellationToken ct)
    {
        caller.RequireWriter();
        var problems = new Problems();
        var cooked = await library.CookAsync(await BodyAsync(request, ct), null, problems, rig is null ? null : await RigAsync(rig, caller, db, ct), ct);
        return TypedResults.Ok(new FormulaValidationResult(!problems.HasErrors, problems.All, cooked is null ? null : Show(cooked, cooked.Steps, problems)));
    }

    static async Task<Ok<CookedFormula>> CookIt(string name, CookRequest? request, Caller caller, WorkflowDbContext db, FormulaLibrary library, CancellationToken ct)
    {
        caller.RequireWriter();
        new Validation().Vars(request?.Vars).ThrowIfInvalid();
        var (cooked, problems) = await library.RequireAsync(name, request?.Vars, request?.RigId is { } rig ? await RigAsync(rig, caller, db, ct) : null, ct);
        await db.TransactAsync(token => library.KeepAsync(cooked, token), ct);
        // With all values at hand it shows what would run; without, the steps as they are kept.
        var (steps, missing) = (cooked.Steps, new Problems());
        var values = Values.Resolve(cooked.Vars, request?.Vars, Pouring.Mentioned(steps), missing);
        if (request?.Vars is { Count: > 0 } && missing.HasErrors) throw FormulaLibrary.Refuse(422, missing);
        if (!missing.HasErrors) steps = Pouring.Steps(steps, values);
        return TypedResults.Ok(Show(cooked, steps, problems));
    }

    static async Task<Ok<Protomolecule>> Proto(string id, WorkflowDbContext db, CancellationToken ct) =>
        TypedResults.Ok(Canonical.Read((await db.Protomolecules.AsNoTracking().SingleOrDefaultAsync(p => p.Id == id, ct) ?? throw Refusal.NotFound("protomolecule", id).AsException()).Json));

    static CookedFormula Show(Protomolecule cooked, IReadOnlyList<CookedStep> steps, Problems problems)
    {
        var graph = new CookedGraph(steps);
        return new CookedFormula(Canonical.IdOf(Canonical.Write(cooked)), cooked.Formula, steps, graph.Waves(), graph.CriticalPath(), steps.Sum(s => s.BudgetUsd ?? 0), cooked.Vars, problems.All);
    }

    static async Task<FormulaDetail> DetailAsync(string name, FormulaLibrary library, RigCopy? rig, CancellationToken ct)
    {
        if (await library.FindAsync(name, rig, ct) is not { } found) throw Refusal.NotFound("formula", name).AsException();
        var problems = new Problems();
        // What is in a repository was looked at by nobody before it got there.
        var formula = FormulaReader.Read(found.Source, problems) ?? throw FormulaLibrary.Refuse(422, problems);
        return new FormulaDetail(name, formula.Description, Word(formula.Type), formula.Version, found.Row?.Revision ?? 0, found.Origin, found.Row?.At, found.InRig?.Commit ?? found.Row?.By, found.Source, formula.Vars, problems.All);
    }

    static async Task<RigCopy> RigAsync(string id, Caller caller, WorkflowDbContext db, CancellationToken ct)
    {
        var rig = await db.Rigs.AsNoTracking().SingleOrDefaultAsync(r => r.Id == id, ct) ?? throw Refusal.NotFound("rig", id).AsException();
        caller.RequireRig(id);
        return rig;
    }

    static FormulaSummary BuiltInSummary(string name, Formula f) => new(name, f.Description, Word(f.Type), f.Version, 0, "built-in", null, null);

    internal static string Word(FormulaType type) => type.ToString().ToLowerInvariant();

    static async Task<string> BodyAsync(HttpRequest request, CancellationToken ct)
    {
        using var reader = new StreamReader(request.Body, new UTF8Encoding(false, throwOnInvalidBytes: true));
        try
        {
            var text = await reader.ReadToEndAsync(ct);
            return string.IsNullOrWhiteSpace(text) ? throw Refusal.Invalid("", "Send the formula's text, TOML or JSON, as the body.").AsException() : text;
        }
        catch (DecoderFallbackException)
        {
            throw Refusal.Invalid("", "The body is not UTF-8. Save the formula as UTF-8 and send it again.").AsException();
        }
    }
}
