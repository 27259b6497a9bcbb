using ClaudeManage.Contracts.Identity;
using ClaudeManage.Contracts.Work;
using ClaudeManage.Git;
using ClaudeManage.ServiceDefaults.Edge;

namespace ClaudeManage.Work.Features.Rigs;

/// <summary>The limits of what an operator may write into a rig; they are the ones Contracts publishes.</summary>
static class RigInput
{
    const int MaxGates = 50, MaxProtectedPaths = 100;
    static readonly string[] Reserved = ["overseer", "mayor", "deacon", "external", "system"];

    public static void CheckName(Validation v, string? name, string? prefix)
    {
        v.Check(name is not null && ActorAddress.IsPart(name) && !Reserved.Contains(name), "/name", "A name has 1 to 40 of a-z, 0-9 and -, and is none of the town's roles.");
        v.Check(Ids.IsPrefix(prefix), "/prefix", "A prefix has 2 to 8 letters a-z and is not the town's own, hq.");
    }

    public static void CheckRepository(Validation v, string? gitUrl, string? branch)
    {
        if (gitUrl is not null && GitUrl.Validate(gitUrl) is { } noUrl) v.Check(false, "/gitUrl", Sentence(noUrl));
        if (branch is not null && GitNames.ValidateBranch(branch) is { } noBranch) v.Check(false, "/defaultBranch", Sentence(noBranch));
    }

    public static void Check(Validation v, RigSettings? settings)
    {
        if (settings is null) return;
        const string at = "/settings";
        Range(v, settings.MaxWorkers, 0, 500, $"{at}/maxWorkers");
        Range(v, settings.LeaseSeconds, 2, 3_600, $"{at}/leaseSeconds");
        Range(v, settings.ClaimLeaseSeconds, 2, 86_400, $"{at}/claimLeaseSeconds");
        Range(v, settings.MaxAttempts, 1, 20, $"{at}/maxAttempts");
        Range(v, settings.StallAfterSeconds, 1, 604_800, $"{at}/stallAfterSeconds");
        v.Check(settings.Runtime is not null && ActorAddress.IsPart(settings.Runtime), $"{at}/runtime", "The name of a runtime, such as command.");
        if (settings.RuntimeOptions is { } runtime) Check(v, runtime, $"{at}/runtimeOptions");
        if (settings.Merge is { } merge) Check(v, merge, $"{at}/merge");
    }

    static void Check(Validation v, RuntimeOptions runtime, string at)
    {
        CommandInput.Check(v, runtime.Command, $"{at}/command");
        CommandInput.Check(v, runtime.Setup, $"{at}/setup");
        CommandInput.CheckEnvironment(v, runtime.Env, $"{at}/env");
        Range(v, runtime.MaxWallSeconds, 1, 604_800, $"{at}/maxWallSeconds");
        Range(v, runtime.MaxOutputBytes, 1_024, 1L << 40, $"{at}/maxOutputBytes");
    }

    static void Check(Validation v, MergeSettings merge, string at)
    {
        CommandInput.Check(v, merge.Setup, $"{at}/setup");
        Range(v, merge.MaxConcurrent, 1, 32, $"{at}/maxConcurrent");
        Range(v, merge.BatchSize, 1, 50, $"{at}/batchSize");
        Range(v, merge.MaxAttempts, 1, 20, $"{at}/maxAttempts");
        v.MaxCount(merge.ProtectedPaths, MaxProtectedPaths, $"{at}/protectedPaths");
        for (var i = 0; i < (merge.ProtectedPaths?.Count ?? 0); i++)
            v.Check(!string.IsNullOrWhiteSpace(merge.ProtectedPaths![i]) && merge.ProtectedPaths[i].Length <= 1_000, $"{at}/protectedPaths/{i}", "A path of at most 1000 characters.");
        v.MaxCount(merge.Gates, MaxGates, $"{at}/gates");
        var names = new HashSet<string>();
        for (var i = 0; i < Math.Min(merge.Gates?.Count ?? 0, MaxGates); i++)
        {
            if (merge.Gates![i] is { } gate) Check(v, gate, names, $"{at}/gates/{i}");
            else v.Check(false, $"{at}/gates/{i}", "A gate is an object.");
        }
    }

    static void Check(Validation v, GateDefinition gate, HashSet<string> names, string at)
    {
        v.Check(gate.Name is not null && ActorAddress.IsPart(gate.Name), $"{at}/name", "A gate's name has 1 to 40 of a-z, 0-9 and -.");
        v.Check(gate.Name is null || names.Add(gate.Name), $"{at}/name", $"Two gates are called {gate.Name}. Names are unique within a rig.");
        v.Check(gate.Command is not null, $"{at}/command", "A gate runs a command, as an argument array.");
        CommandInput.Check(v, gate.Command, $"{at}/command");
        CommandInput.CheckEnvironment(v, gate.Env, $"{at}/env");
        Range(v, gate.TimeoutSeconds, 1, 86_400, $"{at}/timeoutSeconds");
        Range(v, gate.Retries, 0, 5, $"{at}/retries");
    }

    static void Range(Validation v, long value, long min, long max, string at) => v.Check(value >= min && value <= max, at, $"{min} to {max}.");

    static string Sentence(string reason) => char.ToUpperInvariant(reason[0]) + reason[1..] + ".";
}
