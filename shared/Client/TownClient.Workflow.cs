using ClaudeManage.Contracts.Http;
using ClaudeManage.Contracts.Workflow;

namespace ClaudeManage.Client;

public sealed partial class TownClient
{
    /// <summary><c>GET /formulas</c>.</summary>
    public TownCall<Page<FormulaSummary>> Formulas(string? rig = null) => Get<Page<FormulaSummary>>("formulas" + Query(("rig", rig)));

    /// <summary><c>GET /formulas/{name}</c>.</summary>
    public TownCall<FormulaDetail> Formula(string name, string? rig = null) => Get<FormulaDetail>($"formulas/{Esc(name)}" + Query(("rig", rig)));

    /// <summary><c>PUT /formulas/{name}</c> with the text as it is written.</summary>
    public TownCall<FormulaDetail> PutFormula(string name, string source) => new(this, HttpMethod.Put, $"formulas/{Esc(name)}", Source(source));

    /// <summary><c>POST /formulas/validate</c>.</summary>
    public TownCall<FormulaValidationResult> ValidateFormula(string source) => Post<FormulaValidationResult>("formulas/validate", Source(source));

    /// <summary><c>POST /formulas/{name}/cook</c>.</summary>
    public TownCall<CookedFormula> CookFormula(string name, IReadOnlyDictionary<string, string>? vars = null, string? rig = null) => Post<CookedFormula>($"formulas/{Esc(name)}/cook", new CookRequest(vars, rig));

    /// <summary><c>POST /molecules</c>, or <c>POST /wisps</c>.</summary>
    public TownCall<MoleculeDetail> Pour(PourRequest request, bool wisp = false) => Post<MoleculeDetail>(wisp ? "wisps" : "molecules", request);

    /// <summary><c>GET /molecules</c>, newest first.</summary>
    public TownCall<Page<MoleculeSnapshot>> Molecules(string? rig = null, MoleculeState? state = null, string? after = null, int? limit = null) =>
        Get<Page<MoleculeSnapshot>>("molecules" + Query(("rig", rig), ("state", state), ("after", after), ("limit", limit)));

    /// <summary><c>GET /molecules/{id}</c>.</summary>
    public TownCall<MoleculeDetail> Molecule(string id) => Get<MoleculeDetail>($"molecules/{Esc(id)}");

    /// <summary><c>GET /molecules/{id}/log</c>.</summary>
    public TownCall<Page<MoleculeLogEntry>> MoleculeLog(string id, string? after = null, int? limit = null) => Get<Page<MoleculeLogEntry>>($"molecules/{Esc(id)}/log" + Query(("after", after), ("limit", limit)));

    /// <summary><c>POST /molecules/{id}/{verb}</c>: pause, resume, cancel, squash, burn.</summary>
    public TownCall<MoleculeDetail> ActOnMolecule(string id, string verb, string? reason = null) => Post<MoleculeDetail>($"molecules/{Esc(id)}/{verb}", new WithReason(reason));

    /// <summary><c>POST /molecules/{id}/fork</c>.</summary>
    public TownCall<MoleculeDetail> ForkMolecule(string id, string step) => Post<MoleculeDetail>($"molecules/{Esc(id)}/fork", new ForkRequest(step));

    /// <summary><c>POST /molecules/{id}/migrate</c>.</summary>
    public TownCall<MigrationPlan> MigrateMolecule(string id, bool dryRun) => Post<MigrationPlan>($"molecules/{Esc(id)}/migrate", new MigrateRequest(dryRun));

    /// <summary><c>POST /molecules/{id}/steps/{step}/done</c>.</summary>
    public TownCall<MoleculeDetail> FinishStep(string id, string step, StepDoneRequest request) => Post<MoleculeDetail>($"molecules/{Esc(id)}/steps/{Esc(step)}/done", request);

    /// <summary><c>POST /molecules/{id}/steps/{step}/{verb}</c>: retry, skip, signal.</summary>
    public TownCall<MoleculeDetail> ActOnStep(string id, string step, string verb, string? reason = null) => Post<MoleculeDetail>($"molecules/{Esc(id)}/steps/{Esc(step)}/{verb}", new WithReason(reason));

    /// <summary><c>POST /runtime/compact</c>: folds what has been over for long; while the answer says <c>more</c>, ask again.</summary>
    public TownCall<CompactionResult> Compact(bool dryRun = false) => Post<CompactionResult>("runtime/compact", new CompactRequest(dryRun)).Within(TimeSpan.FromMinutes(10));

    /// <summary><c>GET /gates</c>.</summary>
    public TownCall<Page<GateSnapshot>> Gates(string? molecule = null) => Get<Page<GateSnapshot>>("gates" + Query(("molecule", molecule)));

    /// <summary><c>POST /gates/{id}/open</c>.</summary>
    public TownCall<GateSnapshot> OpenGate(Guid id, string? reason = null) => Post<GateSnapshot>($"gates/{id}/open", new WithReason(reason));

    static HttpText Source(string source) => new(source, source.TrimStart().StartsWith('{') ? "application/json" : "text/toml");
}
