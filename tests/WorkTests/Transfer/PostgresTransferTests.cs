using ClaudeManage.Contracts.Http;
using ClaudeManage.Contracts.Work;
using ClaudeManage.Tests.Servers;

namespace ClaudeManage.WorkTests.Transfer;

/// <summary>From one provider to the other and nothing is different.</summary>
public sealed class PostgresTransferTests : TransferHost
{
    PostgresDatabase _work = null!, _probe = null!;

    protected override async Task<IReadOnlyDictionary<string, string?>> SettingsAsync()
    {
        _work = await PostgresDatabase.CreateAsync(Ct);
        _probe = await PostgresDatabase.CreateAsync(Ct);
        return new Dictionary<string, string?>
        {
            ["Database:Provider"] = "Postgres",
            ["ConnectionStrings:work"] = _work.ConnectionString,
            ["ConnectionStrings:probe"] = _probe.ConnectionString,
            ["Work:ReplayWaitSeconds"] = "0",
        };
    }

    public override async ValueTask DisposeAsync()
    {
        if (_probe is null) return;      // skipped before anything was started
        await base.DisposeAsync();
        await _work.DisposeAsync();
        await _probe.DisposeAsync();
    }

    [Fact]
    public async Task A_town_on_PostgreSQL_and_one_on_SQLite_are_equal()
    {
        await ImportAsync(Export(
            new ExportLine(TownExport.Item, Item: Item("sh-b.1", edges: [Edge("sh-b", DependencyType.ParentChild), Edge("sh-a")])),
            new ExportLine(TownExport.Item, Item: Item("sh-b")),
            new ExportLine(TownExport.Item, Item: Item("sh-b1", WorkItemState.Closed) with { UpdatedAt = Then.AddTicks(1_234_567) }),
            new ExportLine(TownExport.Item, Item: Item("sh-a", edges: Edge("sh-b1", DependencyType.Related))),
            new ExportLine(TownExport.Comment, Comment: new Comment(Guid.Parse("01900000-0000-7000-8000-000000000001"), "sh-a", "ada", "hello", Then))));
        await AssertReplaysAsync();
        var here = await ExportAsync();
        await using var other = await EmptyTownAsync();
        using var there = other.Client();
        Assert.Equal(4, (await ImportAsync(here, to: there)).Items.Created);
        Assert.Equal(here, await ExportAsync(there));
        Assert.Equal(new ImportCounts(0, 4, 0), (await ImportAsync(here)).Items);
    }
}
