using System.Net;
using ClaudeManage.Contracts.Convoy;
using ClaudeManage.Contracts.Health;
using ClaudeManage.Contracts.Hook;
using ClaudeManage.Contracts.Http;
using ClaudeManage.Contracts.Work;
using Microsoft.EntityFrameworkCore;

namespace ClaudeManage.ConvoyTests.Module;

/// <summary>Deadline, budget, and who is told of them: each fact once.</summary>
public class TermsTests : ConvoyScene
{
    static readonly TimeSpan Hour = TimeSpan.FromHours(1);

    async Task HistoryAsync(params double[] seconds)
    {
        foreach (var (took, n) in seconds.Select((s, n) => (s, n)))
        {
            await ItemAsync($"sh-old{n}");
            await RunAsync($"sh-old{n}", took);
        }
    }

    [Fact]
    public async Task It_is_told_that_it_will_be_late_as_soon_as_that_is_seen_and_that_it_is_overdue_each_once()
    {
        await HistoryAsync(600, 600);
        await ItemsAsync("sh-1");
        await ItemAsync("sh-2", "sh-1");
        var deadline = Clock.GetUtcNow() + Hour;
        var made = await CreateAsync(new CreateConvoyRequest("Checkout", ["sh-1", "sh-2"], Dispatch: ConvoyDispatch.Auto, StallAfterSeconds: 2_592_000, Launch: true, Deadline: deadline, Notify: ["overseer", "mayor", "mayor"]));
        Assert.Equal(deadline, made.Deadline);
        await HookedAsync("sh-1");
        await LaterAsync(2_399);
        Assert.False((await ReadAsync(made.Id)).Forecast!.Late);
        Assert.Equal(0, Told(ConvoyLate.Type));
        await RestartAsync();
        await LaterAsync(1);
        Assert.Equal(deadline, Host.Probe.Of<ConvoyLate>().Single().Expected);
        Assert.True((await ReadAsync(made.Id)).Forecast!.Late);
        Assert.Equal(["overseer", "mayor"], Mail.Select(m => m.To));
        await StartedAsync("sh-1");
        await ClosedAsync("sh-1");
        await LaterAsync(1_199);
        Assert.Equal((1, 0), (Told(ConvoyLate.Type), Told(ConvoyOverdue.Type)));
        await LaterAsync(1);
        await RestartAsync();
        await LaterAsync(10_000);
        Assert.Equal((1, 1), (Told(ConvoyLate.Type), Told(ConvoyOverdue.Type)));
        await RunAsync("sh-2");
        var landed = await ReadAsync(made.Id);
        Assert.Equal(ConvoyState.Landed, landed.State);
        Assert.Equal(["landed", "overdue", "late", "launched", "created"], landed.Timeline!.Where(t => t.WorkItemId is null).Select(t => t.What));
    }

    [Fact]
    public async Task An_overdue_convoy_is_an_incident_and_another_deadline_begins_anew()
    {
        await ItemAsync("sh-1");
        var made = await CreateAsync(new CreateConvoyRequest("x", ["sh-1"], StallAfterSeconds: 2_592_000, Launch: true, Deadline: Clock.GetUtcNow() + Hour, Notify: ["overseer"]));
        await LaterAsync(3_600);
        var incident = Host.Probe.Of<RaiseIncident>().Single();
        Assert.Equal((Severity.High, true), (incident.Severity, incident.Cause.StartsWith($"overdue:{made.Id}:", StringComparison.Ordinal)));
        await SendAsync<ConvoySnapshot>(HttpMethod.Patch, $"/convoys/{made.Id}", new UpdateConvoyRequest(Deadline: Clock.GetUtcNow() + Hour));
        await LaterAsync(3_600);
        Assert.Equal(2, Told(ConvoyOverdue.Type));
        await SendAsync<ConvoySnapshot>(HttpMethod.Patch, $"/convoys/{made.Id}", new UpdateConvoyRequest(Deadline: Clock.GetUtcNow() + Hour));
        await SendAsync<ConvoySnapshot>(HttpMethod.Patch, $"/convoys/{made.Id}", new UpdateConvoyRequest(Clear: [ConvoyTerm.Deadline]));
        await LaterAsync(7_200);
        Assert.Equal(2, Told(ConvoyOverdue.Type));
        Assert.Equal(2, Mail.Count());
    }

    [Fact]
    public async Task A_plan_that_cannot_keep_its_deadline_says_so_before_the_launch()
    {
        await HistoryAsync(7_200);
        await ItemAsync("sh-1");
        var made = await CreateAsync(new CreateConvoyRequest("x", ["sh-1"], Deadline: Clock.GetUtcNow() + Hour));
        Assert.Equal("late", Assert.Single((await ReadAsync(made.Id)).Plan.Warnings).Code);
        Assert.Equal("plan-warnings", (await RefusedAsync(HttpMethod.Post, $"/convoys/{made.Id}/launch")).Code);
        await VerbAsync(made.Id, "launch", new LaunchConvoyRequest(Force: true));
        Assert.Equal(1, Told(ConvoyLate.Type));
    }

    [Fact]
    public async Task A_spent_budget_slings_nothing_more_whatever_failed_tries_cost_counts_and_more_of_it_goes_on()
    {
        await ItemsAsync("sh-1", "sh-2", "sh-3", "sh-4");
        var made = await CreateAsync(new CreateConvoyRequest("x", ["sh-1", "sh-2", "sh-3", "sh-4"], Dispatch: ConvoyDispatch.Auto, MaxParallel: 1, Launch: true, BudgetUsd: 10, Notify: ["overseer"]));
        await HookedAsync("sh-1");
        await CompletedAsync("sh-1", 5, WorkItemState.Hooked, fence: 1);
        await CompletedAsync("sh-1", 5, WorkItemState.Hooked, fence: 1);
        await CompletedAsync("sh-1", 3.5m, fence: 2);
        Assert.Equal(8.5m, (await ReadAsync(made.Id)).CostUsd);
        await ClosedAsync("sh-1", cost: 3.5m);
        Assert.Equal(1, Told(ConvoyBudgetLow.Type));
        Assert.Equal(2, Slung.Count());
        var second = Slung.Last();
        await HookedAsync(second);
        await CompletedAsync(second, 2);
        await ClosedAsync(second);
        Assert.Equal(2, Slung.Count());
        var stuck = await ReadAsync(made.Id);
        Assert.Equal(("over-budget", 10.5m, 10m), (stuck.Stranded!.Code, stuck.CostUsd, stuck.BudgetUsd));
        Assert.Contains("10.50 USD", stuck.Stranded.Reason);
        Assert.All(stuck.Items.Where(i => i.State == WorkItemState.Open), i => Assert.Equal("a higher budget", i.WaitingFor));
        await LaterAsync(9_000);
        Assert.Equal((1, 1, 2), (Told(ConvoyBudgetLow.Type), Told(ConvoyStranded.Type), Slung.Count()));
        Assert.Equal(2, Mail.Count());

        await SendAsync<ConvoySnapshot>(HttpMethod.Patch, $"/convoys/{made.Id}", new UpdateConvoyRequest(BudgetUsd: 100));
        Assert.Equal(3, Slung.Count());
        Assert.Null((await ReadAsync(made.Id)).Stranded);
        Assert.Equal(1, Told(ConvoyRecovered.Type));
    }

    [Fact]
    public async Task What_a_try_cost_counts_once_also_when_it_is_told_after_a_later_one_or_before_the_item()
    {
        await CompletedAsync("sh-1", 1, WorkItemState.Hooked, fence: 1);
        await ItemsAsync("sh-1", "sh-2");
        var made = await CreateAsync(new CreateConvoyRequest("x", ["sh-1", "sh-2"], Dispatch: ConvoyDispatch.Auto, MaxParallel: 1, Launch: true, BudgetUsd: 10));
        await HookedAsync("sh-1");
        await CompletedAsync("sh-1", 4, fence: 3);
        await ClosedAsync("sh-1", cost: 4);
        Assert.Equal((5m, 0), ((await ReadAsync(made.Id)).CostUsd, Told(ConvoyBudgetLow.Type)));
        for (var times = 0; times < 2; times++) await CompletedAsync("sh-1", 3, WorkItemState.Hooked, fence: 2);
        Assert.Equal((8m, 1), ((await ReadAsync(made.Id)).CostUsd, Told(ConvoyBudgetLow.Type)));
    }

    [Fact]
    public async Task What_costs_too_much_to_be_true_can_still_be_added_up()
    {
        await ItemsAsync("sh-1", "sh-2");
        var made = await CreateAsync(new CreateConvoyRequest("x", ["sh-1", "sh-2"], Launch: true));
        await CompletedAsync("sh-1", decimal.MaxValue, WorkItemState.Hooked, fence: 1);
        await CompletedAsync("sh-1", decimal.MaxValue, fence: 2);
        await ClosedAsync("sh-2", cost: decimal.MaxValue);      // of which Work alone has told
        Assert.Equal(3 * Budget.MostUsd, (await ReadAsync(made.Id)).CostUsd);
    }

    [Fact]
    public async Task What_was_added_up_before_each_try_was_kept_still_counts_once()
    {
        await ItemsAsync("sh-1");
        var made = await CreateAsync(new CreateConvoyRequest("x", ["sh-1"], Launch: true));
        await DatabaseAsync(db => db.Copies.ExecuteUpdateAsync(c => c.SetProperty(i => i.CostUsd, 7m).SetProperty(i => i.CostRevision, 6L), Ct));
        await CompletedAsync("sh-1", 5, WorkItemState.Hooked, fence: 2);
        await CompletedAsync("sh-1", 1, fence: 3);
        await ClosedAsync("sh-1", cost: 1);
        Assert.Equal(8m, (await ReadAsync(made.Id)).CostUsd);
    }

    [Fact]
    public async Task Who_wants_to_know_is_told_of_what_matters_once_and_nobody_else()
    {
        await ItemsAsync("sh-1", "sh-2");
        var told = await CreateAsync(new CreateConvoyRequest("Told", ["sh-1"], Launch: true, Notify: ["overseer", "webhook"]));
        await CreateAsync(new CreateConvoyRequest("Silent", ["sh-2"], Launch: true));
        await RunAsync("sh-1");
        await RunAsync("sh-2");
        Assert.Equal([("overseer", $"Told has landed ({told.Id})")], Mail);
        await ReopenedAsync("sh-1");
        await VerbAsync(told.Id, "cancel", new CancelConvoyRequest(Reason: "not wanted"));
        Assert.Equal(["has landed", "is open again", "was cancelled"], Mail.Select(m => m.Subject["Told ".Length..m.Subject.IndexOf(" (", StringComparison.Ordinal)]));
        Assert.Contains("not wanted", Host.Probe.Of<DeliverMail>().Last().Body);
        Assert.Equal(["convoy.landed", "convoy.reopened", "convoy.cancelled"], Host.Probe.Of<TellOutside>().Select(t => t.About));
        Assert.Equal(Mail.Select(m => m.Subject), Host.Probe.Of<TellOutside>().Select(t => t.Subject));
        Assert.All(Host.Probe.Of<TellOutside>(), t => Assert.Equal(told.Id, t.ConvoyId));
    }

    [Fact]
    public async Task The_timeline_tells_of_every_item_and_is_read_in_pages()
    {
        await ItemsAsync("sh-1", "sh-2");
        var made = await AutoAsync(1, "sh-1", "sh-2");
        await RunAsync("sh-1");
        await EndedAsync("sh-2", AssignmentState.Released);
        var lines = new List<ConvoyTimelineEntry>();
        for (var next = $"/convoys/{made.Id}/timeline?limit=3"; next is not null;)
        {
            var page = await SendAsync<Page<ConvoyTimelineEntry>>(HttpMethod.Get, next);
            lines.AddRange(page.Items);
            next = page.Next is null ? null : $"/convoys/{made.Id}/timeline?limit=3&after={Uri.EscapeDataString(page.Next)}";
        }
        Assert.Equal(["created", "launched", "slung sh-1", "hooked sh-1", "started sh-1", "submitted sh-1", "slung sh-2", "closed sh-1", "held sh-2", "stranded"],
            lines.AsEnumerable().Reverse().Select(l => l.WorkItemId is null ? l.What : $"{l.What} {l.WorkItemId}"));
        Assert.Equal(("by shop/polecats/nux", "merged"), (lines.Single(l => l.What == "started").Detail, lines.Single(l => l.What == "closed").Detail));
        Assert.Equal("not-found", (await RefusedAsync(HttpMethod.Get, "/convoys/hq-cv-zzzzz/timeline", status: HttpStatusCode.NotFound)).Code);
    }

    [Fact]
    public async Task Terms_that_make_no_sense_are_refused()
    {
        var made = await CreateAsync(new CreateConvoyRequest("x"));
        foreach (var (change, place) in new (UpdateConvoyRequest, string)[]
        {
            (new(), "Say what to change"), (new(Deadline: Clock.GetUtcNow()), "/deadline"), (new(BudgetUsd: 0), "/budgetUsd"), (new(Notify: ["Nobody!"]), "/notify"), (new(MaxParallel: 0), "/maxParallel"), (new(Name: " "), "/name"),
        })
            Assert.Contains(place, (await RefusedAsync(HttpMethod.Patch, $"/convoys/{made.Id}", change, HttpStatusCode.BadRequest)).Text);
        Assert.Equal("Other", (await SendAsync<ConvoySnapshot>(HttpMethod.Patch, $"/convoys/{made.Id}", new UpdateConvoyRequest("Other"))).Name);
    }
}

/// <summary>The same on PostgreSQL.</summary>
public sealed class TermsOnPostgresTests : TermsTests
{
    protected override bool Postgres => true;
}
