using ClaudeManage.Contracts.Workflow;
using ClaudeManage.ServiceDefaults.Edge;
using ClaudeManage.ServiceDefaults.Hosting;
using ClaudeManage.Workflow.Data;
using ClaudeManage.Workflow.Domain.Cooking;
using ClaudeManage.Workflow.Domain.Formulas;
using Microsoft.EntityFrameworkCore;

namespace ClaudeManage.Workflow;

/// <summary>Formulas by name: what was put into the town goes before what comes with it. Cooks them.</summary>
sealed class FormulaLibrary(WorkflowDbContext db, TimeProvider clock)
{
    static readonly TimeSpan Longest = TimeSpan.FromSeconds(15);

    /// <summary>The source that counts; null when there is no such formula.</summary>
    public async Task<(string Source, FormulaRow? Row)?> FindAsync(string name, CancellationToken ct)
    {
        var row = await db.Formulas.AsNoTracking().Where(f => f.Name == name).OrderByDescending(f => f.Revision).FirstOrDefaultAsync(ct);
        return row is not null ? (row.Source, row) : BuiltIn.All.TryGetValue(name, out var source) ? (source, null) : null;
    }

    /// <summary>Cooks a source with everything it names. Null with errors in <paramref name="problems"/>.</summary>
    public async Task<Protomolecule?> CookAsync(string source, IReadOnlyDictionary<string, string>? given, Problems problems, CancellationToken ct)
    {
        if (FormulaReader.Read(source, problems) is not { } formula) return null;
        var library = new Dictionary<string, Formula?>();
        var missing = new Queue<string>(Cook.References(formula));
        while (missing.TryDequeue(out var name))
        {
            if (library.ContainsKey(name) || library.Count > 200) continue;
            library[name] = null;
            if (await FindAsync(name, ct) is not { } found || FormulaReader.Read(found.Source, problems, name + "/") is not { } named) continue;
            library[name] = named;
            foreach (var next in Cook.References(named)) missing.Enqueue(next);
        }
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct);
        limit.CancelAfter(Longest);
        try
        {
            return Cook.Run(formula, given ?? new Dictionary<string, string>(), name => name == formula.Name ? formula : library.GetValueOrDefault(name), problems, limit.Token);
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            problems.Error("", $"it takes more than {Longest.TotalSeconds} seconds to cook; split it");
            return null;
        }
    }

    /// <summary>As <see cref="CookAsync"/> by name; refuses (404, 422) what cannot be cooked.</summary>
    public async Task<(Protomolecule Cooked, Problems Problems)> RequireAsync(string name, IReadOnlyDictionary<string, string>? given, CancellationToken ct)
    {
        if (await FindAsync(name, ct) is not { } found) throw Refusal.NotFound("formula", name).AsException();
        var problems = new Problems();
        return (await CookAsync(found.Source, given, problems, ct) ?? throw Refuse(422, problems), problems);
    }

    /// <summary>Keeps a protomolecule; the same one is kept once.</summary>
    public async Task<string> KeepAsync(Protomolecule cooked, CancellationToken ct)
    {
        var json = Canonical.Write(cooked);
        var id = Canonical.IdOf(json);
        if (!await db.Protomolecules.AnyAsync(p => p.Id == id, ct)) db.Protomolecules.Add(new ProtomoleculeRow { Id = id, Formula = cooked.Formula, Json = json, CreatedAt = clock.Now() });
        return id;
    }

    /// <summary>All errors in one refusal: of a text that was sent (400), or of what was to be made of one that is kept (422).</summary>
    public static RefusalException Refuse(int status, Problems problems)
    {
        var errors = problems.All.Where(p => p.Severity == "error").ToList();
        var next = status == 400 ? "Correct the text and send it again; POST /formulas/validate tells the same and keeps nothing."
            : "Give the variables their values (\"vars\"), or correct the formula; GET /formulas/{name} shows both.";
        return new(new Refusal(status, "formula-invalid",
            $"The formula {(status == 400 ? "was not taken" : "cannot be cooked")}:\n{string.Join('\n', errors.Take(20).Select(e => $"{e.ToString().TrimEnd('.')}."))}\n{(errors.Count > 20 ? $"{errors.Count - 20} more are in \"problems\". " : "")}{next}",
            null, new Dictionary<string, object?> { ["problems"] = problems.All }));
    }
}
