using System.Net;
using ClaudeManage.Contracts.Http;
using ClaudeManage.Contracts.Work;
using ClaudeManage.Git;
using ClaudeManage.Tests.Servers;
using Microsoft.Extensions.DependencyInjection;

namespace ClaudeManage.WorkTests;

public sealed class RigTests : WorkHost
{
    [Fact]
    public async Task A_repository_is_looked_at_before_a_rig_is_bound_to_it()
    {
        using var scratch = new ScratchDirectory("rig");
        await GitAsync(["init", "-q", "-b", "trunk", scratch["repo"]]);
        await GitAsync(["init", "-q", "--bare", "-b", "main", scratch["empty"]]);
        Directory.CreateDirectory(scratch["plain"]);

        await RefusedAsync(HttpMethod.Post, "/rigs", new CreateRig("a", "aa", scratch["nowhere"]), 422, "not-a-repository");
        var plain = await RefusedAsync(HttpMethod.Post, "/rigs", new CreateRig("a", "aa", scratch["plain"]), 422, "not-a-repository");
        Assert.Contains("git repository", plain.GetProperty("detail").GetString());
        await RefusedAsync(HttpMethod.Post, "/rigs", new CreateRig("a", "aa", scratch["empty"]), 422, "empty-repository");
        await RefusedAsync(HttpMethod.Post, "/rigs", new CreateRig("a", "aa", "ext::sh -c id"), 400, "invalid");
        await RefusedAsync(HttpMethod.Post, "/rigs", new CreateRig("a", "aa", scratch["repo"], "--upload-pack=x"), 400, "invalid");

        await GitAsync(["-C", scratch["repo"], "commit", "-q", "--allow-empty", "-m", "one"]);
        var missing = await RefusedAsync(HttpMethod.Post, "/rigs", new CreateRig("a", "aa", scratch["repo"], "main"), 422, "no-such-branch");
        Assert.Contains("name one of trunk", missing.GetProperty("detail").GetString());
        var rig = await SendAsync<RigSnapshot>(HttpMethod.Post, "/rigs", new CreateRig("a", "aa", scratch["repo"]), HttpStatusCode.Created);
        Assert.Equal(("a", "aa", "trunk", MergeStrategy.Merge, RigState.Active), (rig.Id, rig.Prefix, rig.DefaultBranch, rig.Settings.Merge!.Strategy, rig.State));
        await RefusedAsync(HttpMethod.Post, "/rigs", new CreateRig("a", "bb"), 409, "name-taken");
        await RefusedAsync(HttpMethod.Post, "/rigs", new CreateRig("b", "aa"), 409, "prefix-taken");

        // Plumbing makes branches that look like options; they are never taken for one, and never for the default.
        await GitAsync(["-C", scratch["repo"], "update-ref", "refs/heads/--upload-pack=x", "HEAD"]);
        await GitAsync(["-C", scratch["repo"], "symbolic-ref", "HEAD", "refs/heads/--upload-pack=x"]);
        await RefusedAsync(HttpMethod.Post, "/rigs", new CreateRig("b", "bb", scratch["repo"]), 422, "repository-refused");
    }

    [Fact]
    public async Task A_rig_without_a_repository_lands_nothing()
    {
        var rig = await SendAsync<RigSnapshot>(HttpMethod.Get, "/rigs/shop", null);
        Assert.Equal((null, null, MergeStrategy.None), (rig.GitUrl, rig.DefaultBranch, rig.Settings.Merge!.Strategy));
    }

    [Fact]
    public async Task Settings_are_checked_each_with_its_place()
    {
        var problem = await RefusedAsync(HttpMethod.Patch, "/rigs/shop", new UpdateRig(Settings: new RigSettings(MaxWorkers: 501, LeaseSeconds: 1, Merge: new MergeSettings(Gates:
        [
            new GateDefinition("test", ["make"]), new GateDefinition("test", []), new GateDefinition("slow", ["x"], 0, 6),
        ], BatchSize: 0))), 400, "invalid");
        Assert.Equal(new[]
        {
            "/settings/maxWorkers", "/settings/leaseSeconds", "/settings/merge/batchSize", "/settings/merge/gates/1/name", "/settings/merge/gates/1/command",
            "/settings/merge/gates/2/timeoutSeconds", "/settings/merge/gates/2/retries",
        }.Order(), problem.GetProperty("errors").EnumerateArray().Select(e => e.GetProperty("pointer").GetString()!).Order());
        foreach (var name in new[] { "Shop", "mayor", "-x", "" })
            await RefusedAsync(HttpMethod.Post, "/rigs", new CreateRig(name, "zz"), 400, "invalid");
        await RefusedAsync(HttpMethod.Post, "/rigs", new CreateRig("fine", "hq"), 400, "invalid");
    }

    [Fact]
    public async Task It_is_parked_docked_and_brought_back_once_each()
    {
        foreach (var (verb, state) in new[] { ("park", RigState.Parked), ("park", RigState.Parked), ("dock", RigState.Docked) })
            Assert.Equal(state, (await SendAsync<RigSnapshot>(HttpMethod.Post, $"/rigs/shop/{verb}", null)).State);
        await RefusedAsync(HttpMethod.Post, "/work-items", new CreateWorkItem("shop", "t"), 409, "rig-docked");
        Assert.Equal(RigState.Active, (await SendAsync<RigSnapshot>(HttpMethod.Post, "/rigs/shop/unpark", null)).State);
        var patched = await SendAsync<RigSnapshot>(HttpMethod.Patch, "/rigs/shop", new UpdateRig(Settings: new RigSettings(MaxWorkers: 9)), ifMatch: "\"4\"");
        Assert.Equal((9, 5L), (patched.Settings.MaxWorkers, patched.Version));
        await RefusedAsync(HttpMethod.Patch, "/rigs/shop", new UpdateRig(Settings: new RigSettings()), 412, "version-mismatch", ifMatch: "\"4\"");
        Assert.Equal(["rig.registered", "rig.parked", "rig.docked", "rig.unparked", "rig.updated"], (await EventsAsync("&type=rig.*&rig=shop")).Select(e => e.EventType));
        Assert.Equal(["shop"], (await SendAsync<Page<RigSnapshot>>(HttpMethod.Get, "/rigs?state=active", null)).Items.Select(r => r.Id));
        await RefusedAsync(HttpMethod.Get, "/rigs/nowhere", null, 404, "not-found");
        await RefusedAsync(HttpMethod.Post, "/rigs/nowhere/park", null, 404, "not-found");
    }

    async Task GitAsync(string[] arguments)
    {
        var result = await Host.Services.GetRequiredService<ProcessRunner>().RunAsync(
            new ProcessSpec("git", ["-c", "user.name=t", "-c", "user.email=t@example.org", .. arguments]), Ct);
        Assert.True(result.Ok, result.StdErr);
    }
}
