using System.Text;
using ClaudeManage.Contracts.Hook;
using ClaudeManage.Contracts.Http;
using ClaudeManage.Contracts.Supervisor;
using ClaudeManage.Contracts.Work;
using ClaudeManage.Supervisor.Domain;
using ClaudeManage.Supervisor.Features;

namespace ClaudeManage.SupervisorTests;

public sealed class DomainTests
{
    static readonly Evidence Changed = new("cm/sh-1/1", "abc", true, "subject", null, "tail", [], true, true, false, false);

    [Fact]
    public void Every_step_of_a_session_is_allowed_or_refused_on_purpose()
    {
        var allowed = from f in Enum.GetValues<SessionPhase>() from t in Enum.GetValues<SessionPhase>() where SessionPhases.CanGo(f, t) select $"{f}>{t}";
        Assert.Equal(["Requested>Preparing", "Requested>Over", "Preparing>Running", "Preparing>Reporting", "Preparing>Over", "Running>Reporting", "Reporting>Over"], allowed);
        foreach (var kind in Enum.GetValues<EndKind>()) Assert.True(SessionPhases.Allows(SessionPhase.Reporting, EndDecision.StateAfter(kind)));
        Assert.False(SessionPhases.Allows(SessionPhase.Over, SessionState.Running));
    }

    [Theory]
    [InlineData(nameof(EndKind.Exited), 0, "done completed push")]
    [InlineData(nameof(EndKind.Exited), 1, "done failed")]
    [InlineData(nameof(EndKind.Exited), 75, "handoff push")]
    [InlineData(nameof(EndKind.Exited), 137, "done failed")]
    [InlineData(nameof(EndKind.Stopped), null, "release")]
    [InlineData(nameof(EndKind.HandedOff), null, "handoff push")]
    [InlineData(nameof(EndKind.LeaseLost), null, "")]
    [InlineData(nameof(EndKind.ItemClosed), null, "")]
    [InlineData(nameof(EndKind.Lingered), null, "")]
    [InlineData(nameof(EndKind.WallTime), null, "handoff push")]
    [InlineData(nameof(EndKind.OutputLimit), null, "done failed")]
    [InlineData(nameof(EndKind.Drained), null, "release")]
    [InlineData(nameof(EndKind.Lost), null, "release dead")]
    [InlineData(nameof(EndKind.NotStarted), null, "release")]
    public void What_the_town_is_told_of_every_kind_of_end(string end, int? code, string expected)
    {
        var kind = Enum.Parse<EndKind>(end);
        var report = EndDecision.Decide(new(kind, "why", code), Changed);
        var words = new[] { report.Done is { } d ? $"done {d.Outcome.ToString()!.ToLowerInvariant()}" : null, report.Handoff is null ? null : "handoff", report.Release is { } r ? r.Dead ? "release dead" : "release" : null, report.Push is null ? null : "push" };
        Assert.Equal(expected, string.Join(' ', words.OfType<string>()));
        // Whatever else happened: what the town already took is not said again, and the commit it waits for is pushed.
        var accepted = EndDecision.Decide(new(kind, "why", code), Changed with { AcceptedByTown = true });
        Assert.Equal((null, null, null, "abc"), (accepted.Done, accepted.Handoff, accepted.Release, accepted.Push));
    }

    [Fact]
    public void Exit_0_needs_a_commit_or_a_reason_where_a_commit_is_needed()
    {
        var end = new Ending(EndKind.Exited, "Exit code 0.", 0);
        var nothing = Changed with { Changed = false };
        Assert.Equal(CompletionOutcome.Failed, EndDecision.Decide(end, nothing).Done!.Outcome);
        Assert.Equal(CompletionOutcome.NoChange, EndDecision.Decide(end, nothing with { Result = new(Reason: "it was right") }).Done!.Outcome);
        Assert.Equal(CompletionOutcome.Completed, EndDecision.Decide(end, nothing with { NeedsCommit = false, Pushes = false }).Done!.Outcome);
        Assert.Equal(CompletionOutcome.NoChange, EndDecision.Decide(end, Changed with { Result = new(CompletionOutcome.NoChange, Reason: "reverted") }).Done!.Outcome);
        Assert.Equal(CompletionOutcome.Failed, EndDecision.Decide(end, nothing with { Result = new(CompletionOutcome.NoChange) }).Done!.Outcome);
        Assert.Equal(CompletionOutcome.Failed, EndDecision.Decide(end, Changed with { Acceptance = [new(0, 0), new(1, 2, "no")] }).Done!.Outcome);
        Assert.Null(EndDecision.Decide(end, Changed with { Pushes = false }).Push);
        Assert.Equal(CompletionOutcome.Failed, EndDecision.Decide(new(EndKind.WallTime, "wall"), Changed with { AfterLimit = true }).Done!.Outcome);
    }

    [Theory]
    [InlineData(null, null, null)]
    [InlineData("   ", null, null)]
    [InlineData("just words", null, "just words")]
    [InlineData("{\"outcome\":\"no_change\",\"reason\":\"r\"}", CompletionOutcome.NoChange, "r")]
    [InlineData("{\"outcome\":\"nonsense\",\"reason\":5,\"artifacts\":7,\"usage\":\"x\",\"handoff\":[1]}", null, null)]
    [InlineData("[1,2]", null, "[1,2]")]
    [InlineData("{\"outcome\":", null, "{\"outcome\":")]
    [InlineData("{\"artifacts\":[null,{\"kind\":\"a\"},{\"kind\":\"k\",\"uri\":\"u\"}],\"handoff\":{\"done\":null,\"next\":[null,\"n\"]}}", null, null)]
    public void Whatever_a_worker_wrote_is_read(string? text, CompletionOutcome? outcome, string? reason)
    {
        var result = ResultFile.Parse(text);
        Assert.Equal((outcome, reason), (result?.Outcome, result?.Reason));
        if (text?.Contains("\"uri\"", StringComparison.Ordinal) == true) Assert.Equal(["k", "n"], result!.Artifacts!.Select(a => a.Kind).Concat(result.Handoff!.Next!));
    }

    [Theory]
    [InlineData("{\"costUsd\":1.5}", 1.5)]
    [InlineData("{\"costUsd\":-1.5}", null)]
    [InlineData("{\"costUsd\":1e20}", null)]
    [InlineData("{\"costUsd\":1e400}", null)]
    public void What_no_session_can_have_used_is_passed_over(string usage, double? cost) =>
        Assert.Equal(cost, (double?)ResultFile.Parse($"{{\"usage\":{usage},\"reason\":\"r\"}}")!.Usage?.CostUsd);

    [Fact]
    public void Reports_are_found_however_the_output_is_cut()
    {
        var text = Encoding.UTF8.GetBytes("noise {\"cm\":1}\n{\"other\":1}\n  {\"cm\":\"progress\",\"message\":\"größer\",\"percent\":12.5}\n{\"cm\":\"broken\n" + new string('x', 20_000) + "{\"cm\":\"late\"}\n{\"cm\":\"step\"}\nrest");
        foreach (var size in new[] { 1, 2, 3, 7, 64, 100_000 })
        {
            var reader = new ProgressReader();
            var seen = new List<string>();
            foreach (var piece in text.Chunk(size))
                if (reader.Feed(piece) && seen.LastOrDefault() != reader.Latest) seen.Add(reader.Latest!);
            Assert.Equal("step", seen[^1]);
            if (size < 64) Assert.Equal(["größer (12.5 %)", "step"], seen);
        }
    }

    [Theory]
    [InlineData("My_Host.example.ORG", "my-host-example-org")]
    [InlineData("--", "node")]
    [InlineData(null, "node")]
    [InlineData("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa-bbb", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")]
    public void A_machines_name_becomes_a_nodes_name(string? machine, string node) => Assert.Equal(node, NodeName.From(machine));

    [Theory]
    [InlineData("abc", 3)]
    [InlineData("abcü", 5)]
    [InlineData("€", 3)]
    public void A_piece_of_output_never_ends_within_a_character(string text, int whole)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        Assert.Equal(whole, ReadOutput.WholeCharacters(bytes));
        for (var cut = 1; cut < bytes.Length; cut++)
            Assert.DoesNotContain('\uFFFD', Encoding.UTF8.GetString(bytes, 0, ReadOutput.WholeCharacters(bytes.AsSpan(0, cut))));
    }

    [Fact]
    public void An_agent_gets_the_towns_variables_and_none_of_its_settings()
    {
        var claim = new ClaimResult(Assignment("shop/polecats/nux"), Station.Item("sh-1", 4), null, [], new Lease("lease", 4, default), "bearer");
        var setting = new AgentSetting(Guid.Empty, "shop/polecats/nux", "http://town", "cm/sh-1/4", "main", "base", "main", "/p", "/r", "/bin-of-ours", "/usr/bin", "00-trace-span-01");
        var environment = AgentEnvironment.For(setting, claim, ["HOME", "ConnectionStrings__hook", "CM_OVERSEER", "GIT_DIR", "OTEL_EXPORTER_OTLP_HEADERS", "MALLOC_ARENA_MAX", "ANTHROPIC_API_KEY"], new Dictionary<string, string> { ["CM_AGENT"] = "somebody/else/x", ["MINE"] = "1" });
        Assert.Equal("shop/polecats/nux", environment["CM_AGENT"]);
        Assert.Equal("/bin-of-ours:/usr/bin", environment["PATH"]);
        Assert.Equal("1", environment["MINE"]);
        Assert.Equal("00-trace-span-01", environment["TRACEPARENT"]);
        foreach (var hidden in new[] { "ConnectionStrings__hook", "CM_OVERSEER", "GIT_DIR", "OTEL_EXPORTER_OTLP_HEADERS", "MALLOC_ARENA_MAX" }) Assert.True(environment.ContainsKey(hidden) && environment[hidden] is null, hidden);
        Assert.DoesNotContain("HOME", environment.Keys);
        Assert.DoesNotContain("ANTHROPIC_API_KEY", environment.Keys);
    }

    [Fact]
    public void The_prompt_says_what_the_work_is_what_came_back_and_the_rules()
    {
        var handoff = new HandoffSnapshot(Guid.Empty, HandoffState.Accepted, "sh-1", Guid.Empty, "shop/polecats/old", "shop/pool", "context full", new("half", ["a"], ["b"], null, null, "careful"), null, null, default, null, null, null);
        var item = Station.Item("sh-1", 4) with { Acceptance = [new("it works", ["make", "test"])], Notes = "mind the gap", Feedback = "the gate said no" };
        var text = AgentPrompt.Compose(new(Assignment("shop/polecats/nux") with { Args = "be quick" }, item, handoff, [], new("t", 4, default)), "shop/polecats/nux", "main");
        foreach (var part in new[] { "sh-1", "Fix the login", "It fails on Mondays.", "it works (checked with: make test)", "mind the gap", "the gate said no", "be quick", "shop/polecats/old", "context full", "half", "- b", "careful", "cm/sh-1/4", "git merge origin/main", "$CM_RESULT_FILE" })
            Assert.Contains(part, text);
        Assert.DoesNotContain("Design", text);
        Assert.DoesNotContain('{' + "{", text);
    }

    static AssignmentSnapshot Assignment(string agent) => new(Guid.Empty, "sh-1", "shop", agent, agent, AssignmentState.Leased, 2, 1, 3, 4, 4, null, null, MergeStrategy.Merge, "main", "cm/sh-1/4", null, null, default, null, null, null, null);
}
