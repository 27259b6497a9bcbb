using System.Net.Http.Json;
using ClaudeManage.Contracts.Http;
using ClaudeManage.Contracts.Refinery;
using ClaudeManage.Contracts.Work;
using ClaudeManage.Refinery;
using ClaudeManage.Refinery.Queue;
using ClaudeManage.ServiceDefaults.Edge;
using ClaudeManage.Tests.Hosting;
using ClaudeManage.Tests.Servers;
using Microsoft.Extensions.DependencyInjection;

namespace ClaudeManage.RefineryTests;

/// <summary>The module on a real host with a real repository behind it; can be stopped and started again on the same database.</summary>
sealed class MergeTown : IAsyncDisposable
{
    static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    readonly string _directory = Directory.CreateTempSubdirectory("cm-refinery-").FullName;
    readonly IReadOnlyDictionary<string, string?> _settings;
    long _rigVersion;
    Death? _death;

    MergeTown(Origin origin, IReadOnlyDictionary<string, string?> settings) => (Origin, _settings) = (origin, settings);

    public Origin Origin { get; }
    public ModuleTestHost Host { get; private set; } = null!;
    public HttpClient Http { get; private set; } = null!;

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    /// <param name="stopAt">A step point that is never passed: the place of the crash.</param>
    public static async Task<MergeTown> StartAsync(MergeSettings merge, Origin? origin = null, string? stopAt = null, Dictionary<string, string?>? settings = null)
    {
        settings ??= [];
        settings.TryAdd("Refinery:OriginRetrySeconds", "1");
        settings.TryAdd("Refinery:OriginRetryMaxSeconds", "1");
        var town = new MergeTown(origin ?? await Origin.CreateAsync(), settings);
        await town.RunAsync(stopAt);
        await town.SetAsync(merge);
        return town;
    }

    /// <summary>Reached step points, in order.</summary>
    public List<string> Reached { get; } = [];

    public async Task RunAsync(string? stopAt = null, Death? death = null)
    {
        var points = new StepPoints
        {
            Reach = (point, ct) =>
            {
                lock (Reached) Reached.Add(point);
                return point == stopAt ? new TaskCompletionSource().Task.WaitAsync(ct) : Task.CompletedTask;
            },
        };
        Host = await ModuleTestHost.StartAsync([new RefineryModule()], settings: _settings, directory: _directory, services: s =>
        {
            s.AddSingleton(points);
            death?.Watch(s);
        });
        Http = Host.Client();
    }

    public async Task RestartAsync(string? stopAt = null, Death? death = null)
    {
        var probe = Host.Probe;
        try { await Host.DisposeAsync(); }
        catch (Exception) when (Dead) { }
        Before.AddRange(probe.All);
        await RunAsync(stopAt, _death = death);
    }

    /// <summary>What earlier processes published.</summary>
    public List<Seen> Before { get; } = [];

    bool Dead => _death is { Came: true };

    public Task ReachedAsync(string point) => Eventually.TrueAsync(() => { lock (Reached) return Reached.Contains(point); }, Deadline, $"step point {point}", Ct);

    /// <summary>The rig with these merge settings.</summary>
    public Task SetAsync(MergeSettings merge, string? url = "", string branch = "main")
    {
        return SetAsync(Samples.Rig(url?.Length == 0 ? Origin.Url : url, merge, ++_rigVersion, branch));
    }

    /// <summary>Another rig beside it.</summary>
    public Task SetAsync(RigSnapshot rig)
    {
        return PublishAsync(new RigUpdated(Samples.Event(RigUpdated.Type), rig));
    }

    public async Task PublishAsync<T>(T message) where T : class
    {
        await Host.PublishAsync(message, Ct);
        await Host.IdleAsync(Ct);
    }

    public Task SubmitAsync(string item, string branch, string? commit, long fence = 1, MergeStrategy strategy = MergeStrategy.Merge, int priority = 2) =>
        PublishAsync(Samples.Submitted(item, branch, commit, fence, strategy, priority));

    /// <summary>A branch with these files, pushed and submitted.</summary>
    public async Task<string> WorkAsync(string item, params (string Path, string? Text)[] files)
    {
        var commit = await Origin.BranchAsync($"cm/{item}/1", files);
        await SubmitAsync(item, $"cm/{item}/1", commit);
        return commit;
    }

    public async Task<IReadOnlyList<MergeRequestSnapshot>> RequestsAsync(string item) =>
        (await Http.GetFromJsonAsync<Page<MergeRequestSnapshot>>($"/merge-requests?workItem={item}", JsonSettings.Web, Ct))!.Items;

    public async Task<MergeRequestDetail> ShowAsync(string id) => (await Http.GetFromJsonAsync<MergeRequestDetail>($"/merge-requests/{id}", JsonSettings.Web, Ct))!;

    public async Task<MergeQueueView> QueueAsync() => (await Http.GetFromJsonAsync<MergeQueueView>("/rigs/shop/merge-queue", JsonSettings.Web, Ct))!;

    /// <summary>Waits until the item's newest request is in the state.</summary>
    public async Task<MergeRequestDetail> UntilAsync(string item, MergeRequestState state)
    {
        MergeRequestSnapshot? last = null;
        try
        {
            await Eventually.TrueAsync(async () => (last = (await RequestsAsync(item)).FirstOrDefault())?.State == state, Deadline, $"{item} is {state}", Ct);
        }
        catch (Exception e) when (last is not null && !Ct.IsCancellationRequested)
        {
            throw new InvalidOperationException($"{item} is {last.State} ({last.Feedback}), queue: {(await QueueAsync()).Reason}", e);
        }
        await Host.IdleAsync(Ct);
        return await ShowAsync(last!.Id);
    }

    public async Task PausedAsync(string kind)
    {
        await Eventually.TrueAsync(async () => (await QueueAsync()).PauseKind == kind, Deadline, $"the queue is paused: {kind}", Ct);
        await Host.IdleAsync(Ct);
    }

    public async Task PostAsync(string path, object? body = null)
    {
        using var answer = await Http.PostAsJsonAsync(path, body ?? new { }, Ct);
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync(Ct));
        await Host.IdleAsync(Ct);
    }

    public async ValueTask DisposeAsync()
    {
        await Host.DisposeAsync();
        await Origin.DisposeAsync();
        Directory.Delete(_directory, recursive: true);
    }
}
