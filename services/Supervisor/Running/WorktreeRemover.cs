using ClaudeManage.Git;
using ClaudeManage.ServiceDefaults.Hosting;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace ClaudeManage.Supervisor.Running;

/// <summary>
/// Removes the worktrees of retired agents, each saved first. The plain directory of a rig without a repository stays:
/// there is nowhere to save what is in it.
/// </summary>
sealed class WorktreeRemover(SessionStore store, SessionRegistry registry, RigRepositories repositories, TimeProvider clock, ILogger<WorktreeRemover> log) : BackgroundService
{
    static readonly TimeSpan Again = TimeSpan.FromSeconds(30);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            var mark = registry.Retired.Next;
            var left = false;
            try
            {
                foreach (var agent in await store.RetiredAsync(stoppingToken)) left |= !await RemoveAsync(agent.AgentId, agent.RigId, stoppingToken);
                await Wakeup.WaitAsync(mark, left ? Again : Timeout.InfiniteTimeSpan, clock, stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested) { return; }
            catch (Exception e)
            {
                log.LogError(e, "Worktrees of retired agents could not be looked at; trying again");
                await Task.Delay(Again, clock, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    async Task<bool> RemoveAsync(string agentId, string rigId, CancellationToken ct)
    {
        using var agent = await registry.TakeAgentAsync(agentId, ct);
        try
        {
            if (await store.RigAsync(rigId, ct) is { } rig && repositories.For(rig) is { } repository && await repository.RemoveAsync(agentId, ct) is { } why)
            {
                log.LogWarning("The worktree of {Agent} stays for now: {Reason}", agentId, why);
                return false;
            }
        }
        catch (Exception e) when (e is GitException or IOException or UnauthorizedAccessException or ArgumentException)
        {
            log.LogWarning("The worktree of {Agent} stays for now: {Reason}", agentId, e.Message);
            return false;
        }
        await store.ForgetRetiredAsync(agentId, ct);
        return true;
    }
}
