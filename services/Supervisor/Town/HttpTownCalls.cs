using System.Net.Http.Headers;
using ClaudeManage.Client;
using ClaudeManage.Contracts.Hook;
using ClaudeManage.Contracts.Http;
using ClaudeManage.Contracts.Work;
using ClaudeManage.ServiceDefaults.Hosting;

namespace ClaudeManage.Supervisor.Town;

/// <summary>The calls over HTTP, with the node's own token.</summary>
sealed class HttpTownCalls(TownAddress address, NodeToken token) : ITownCalls, IDisposable
{
    static readonly TimeSpan Longest = TimeSpan.FromSeconds(30);

    TownClient? _client;

    public Task<ClaimResult?> ClaimAsync(string hookId, Guid assignmentId, Guid sessionId, CancellationToken ct) =>
        AskAsync(town => town.Claim(hookId, assignment: assignmentId, session: sessionId), ct);

    public async Task<IReadOnlyList<RenewResult>> RenewAsync(IReadOnlyList<string> tokens, CancellationToken ct)
    {
        var answer = await AskAsync(town => town.RenewMany(tokens), ct);
        return answer?.Items is { } items && items.Count == tokens.Count ? items
            : throw new TownUnreachableException($"{tokens.Count} leases to renew, {answer?.Items?.Count ?? 0} answers");
    }

    public Task ReleaseAsync(ReleaseRequest request, CancellationToken ct) => AskAsync(town => town.Release(request.Token!, request.Reason, request.Dead), ct);

    public Task<DoneResult> DoneAsync(string workItemId, DoneRequest request, CancellationToken ct) => AskAsync(town => town.Done(workItemId, request), ct);

    public Task HandoffAsync(HandoffRequest request, CancellationToken ct) => AskAsync(town => town.HandOff(request), ct);

    public Task<AssignmentSnapshot> AssignmentAsync(Guid assignmentId, CancellationToken ct) => AskAsync(town => town.Assignment(assignmentId), ct);

    public Task<WorkItemDetail> WorkItemAsync(string workItemId, CancellationToken ct) => AskAsync(town => town.WorkItem(workItemId), ct);

    public Task<RigSnapshot> RigAsync(string rigId, CancellationToken ct) => AskAsync(town => town.Rig(rigId), ct);

    public void Dispose() => _client?.Dispose();

    async Task<T> AskAsync<T>(Func<TownClient, TownCall<T>> call, CancellationToken ct)
    {
        _client ??= new TownClient(new HttpClient(new Bearer(token)) { BaseAddress = WithSlash(await address.GetAsync(ct)) });
        try { return await call(_client).Within(Longest).SendAsync(ct); }
        catch (Client.TownUnreachableException e) { throw new TownUnreachableException(e.Message, e); }
        // 401 is our own token that ran out, 408, 425 and 429 ask for another try, 5xx is the town's trouble.
        catch (TownProblemException e) when (e.Status is 401 or 408 or 425 or 429 or >= 500) { throw new TownUnreachableException($"status {e.Status}: {e.Detail}", e); }
        catch (TownProblemException e) { throw new TownRefusedException(e.Status, e.Code, e.Detail); }
    }

    static Uri WithSlash(Uri uri) => uri.AbsoluteUri.EndsWith('/') ? uri : new Uri(uri.AbsoluteUri + "/");

    /// <summary>A token lives for an hour, the client as long as the process.</summary>
    sealed class Bearer(NodeToken token) : DelegatingHandler(new SocketsHttpHandler { PooledConnectionLifetime = TimeSpan.FromMinutes(5) })
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token.Current());
            return base.SendAsync(request, cancellationToken);
        }
    }
}
