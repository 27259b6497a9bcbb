using System.Net;
using ClaudeManage.Contracts.Http;
using ClaudeManage.Contracts.Work;
using FsCheck;
using FsCheck.Fluent;

namespace ClaudeManage.WorkTests.Transfer;

/// <summary>An export imported into an empty town gives an equal town, whatever was done before.</summary>
public sealed class RoundTripTests : TransferHost
{
    static readonly Gen<(int Verb, int A, int B)[]> Histories = Gen.Choose(0, 9).SelectMany(verb => Gen.Choose(0, 9).Two().Select(t => (verb, t.Item1, t.Item2))).ArrayOf(30);

    [Fact]
    public void An_empty_town_becomes_an_equal_one() =>
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(15), Prop.ForAll(Histories.ToArbitrary(), moves => Task.Run(() => PlayAsync(moves)).GetAwaiter().GetResult()));

    async Task<bool> PlayAsync((int Verb, int A, int B)[] moves)
    {
        var made = await SendAsync<WorkItemBatch>(HttpMethod.Post, "/work-items", new CreateWorkItem(null, null, Items:
        [
            .. Enumerable.Range(0, 10).Select(i => new CreateWorkItem("shop", $"i{i} ü", "d\n\"", i % 5 == 0 ? WorkItemType.Epic : WorkItemType.Bug, i % 5, Labels: ["x", $"l{i}"],
                Acceptance: [new AcceptanceCriterion("a", ["make", "test"])], Notes: i % 2 == 0 ? "n" : null, ExternalRef: $"r{i}", DueAt: Then, EstimateMinutes: i, Ephemeral: i == 3)),
        ]), HttpStatusCode.Created);
        var ids = made.Items.Select(i => i.Id).ToList();
        foreach (var (verb, a, b) in moves)
        {
            Clock.Advance(TimeSpan.FromMilliseconds(7));
            using var ignored = await Request(verb, ids[a], ids[b], b);     // a refused move is as good as none
        }
        await Host.IdleAsync(Ct);
        var here = await ExportAsync();
        await using var other = await EmptyTownAsync();
        using var there = other.Client();
        var result = await ImportAsync(here, to: there);
        Assert.Equal((0, 0), (result.Items.Unchanged + result.Items.Conflicting, result.Opened));
        Assert.Equal(here, await ExportAsync(there));
        Assert.Equal(await ReadyAsync(), (await there.GetAsync("/work-items?ready=true&limit=500", Ct)) is var answer
            ? System.Text.Json.JsonElement.Parse(await answer.Content.ReadAsStringAsync(Ct)).GetProperty("items").EnumerateArray().Select(i => i.GetProperty("id").GetString()!) : []);
        await other.IdleAsync(Ct);
        Assert.Empty((await SendAsync<ReplayResult>(HttpMethod.Post, "/runtime/replay", null, by: there)).Differences);
        return true;
    }

    Task<HttpResponseMessage> Request(int verb, string a, string b, int n) => verb switch
    {
        0 or 1 => RawAsync(HttpMethod.Post, $"/work-items/{a}/dependencies", new AddDependency(b)),
        2 => RawAsync(HttpMethod.Post, $"/work-items/{a}/dependencies", new AddDependency(b, DependencyType.ParentChild)),
        3 => RawAsync(HttpMethod.Post, $"/work-items/{a}/dependencies", new AddDependency($"sh-gone{n}", n % 2 == 0 ? DependencyType.Related : DependencyType.DiscoveredFrom)),
        4 => RawAsync(HttpMethod.Post, $"/work-items/{a}/close", new CloseWorkItem((OutcomeKind)(1 + n % 6), "why")),
        5 => RawAsync(HttpMethod.Post, $"/work-items/{a}/reopen", new WithReason("r")),
        6 => RawAsync(HttpMethod.Patch, $"/work-items/{a}", new UpdateWorkItem(DeferUntil: Clock.GetUtcNow().AddDays(n % 2 == 0 ? 400 : -1))),
        7 => RawAsync(HttpMethod.Delete, $"/work-items/{a}", null),
        8 => RawAsync(HttpMethod.Post, "/work-items", new CreateWorkItem("shop", "child", ParentId: a)),
        _ => RawAsync(HttpMethod.Post, $"/work-items/{a}/comments", new AddComment($"said {n}")),
    };
}
