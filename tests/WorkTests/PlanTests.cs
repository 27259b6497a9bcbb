using ClaudeManage.ServiceDefaults.Auth;
using ClaudeManage.Work.Data;
using ClaudeManage.Work.Features.Items;
using Microsoft.EntityFrameworkCore;

namespace ClaudeManage.WorkTests;

/// <summary>What SQLite intends to do: the ready set and its pages are read off their index, in order, and nothing else is looked at.</summary>
public sealed class PlanTests : WorkHost
{
    [Theory]
    [InlineData(null, null, WorkItemMapping.ReadyIndex)]
    [InlineData("shop", null, WorkItemMapping.ReadyOfRigIndex)]
    [InlineData(null, "1777881600000000\nsh-aaaaa", WorkItemMapping.ReadyIndex)]
    [InlineData("shop", "1777881600000000\nsh-aaaaa", WorkItemMapping.ReadyOfRigIndex)]
    public async Task The_ready_set_is_read_off_its_index(string? rig, string? after, string index)
    {
        var mark = after is null ? null : ServiceDefaults.Edge.Paging.Encode([.. after.Split('\n')]);
        var plan = await DatabaseAsync(db => PlanAsync(db, ListItems.ReadyPage(db, new ItemFilter { Ready = true, Rig = rig, After = mark }, Caller.System("test")).Take(51)));
        var line = Assert.Single(plan);
        Assert.Contains($"USING INDEX {index}", line);
        if (after is not null) Assert.Contains("rank>?", line);
    }

    [Fact]
    public async Task Looking_for_dependants_and_children_uses_an_index()
    {
        Assert.Contains("SEARCH", Assert.Single(await DatabaseAsync(db => PlanAsync(db, db.Items.Where(i => i.ParentId == "sh-1")))));
        Assert.Contains("SEARCH", Assert.Single(await DatabaseAsync(db => PlanAsync(db, db.Edges.Where(e => e.TargetId == "sh-1")))));
        Assert.Contains("SEARCH", Assert.Single(await DatabaseAsync(db => PlanAsync(db, db.Trail.Where(r => r.WorkItemId == "sh-1" && r.Sequence > 5).OrderBy(r => r.Sequence)))));
    }

    [Fact]
    public async Task The_migrations_are_up_to_date() =>
        Assert.False(await DatabaseAsync(db => Task.FromResult(db.Database.HasPendingModelChanges())));

    static async Task<List<string>> PlanAsync<T>(WorkDbContext db, IQueryable<T> query)
    {
        await db.Database.OpenConnectionAsync(Ct);
        await using var command = query.CreateDbCommand();
        command.CommandText = "explain query plan " + command.CommandText;
        await using var reader = await command.ExecuteReaderAsync(Ct);
        var lines = new List<string>();
        while (await reader.ReadAsync(Ct)) lines.Add(reader.GetString(3));
        return lines;
    }
}
