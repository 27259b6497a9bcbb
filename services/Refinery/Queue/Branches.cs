using ClaudeManage.Git;
using ClaudeManage.Refinery.Data;
using ClaudeManage.Refinery.Sagas;

namespace ClaudeManage.Refinery.Queue;

/// <summary>Deletes the branches of landed requests where the rig wants that; one that has grown meanwhile stays.</summary>
sealed class Branches(Repositories repositories, ILogger<Branches> log)
{
    public async Task DeleteAsync(IEnumerable<(MergeRequest Request, RigCopy Rig)> landed, CancellationToken ct)
    {
        foreach (var (request, rig) in landed.Where(l => l.Rig is { Merge.DeleteBranches: true, GitUrl: not null } && l.Request.WorkItemId is not null))
            try
            {
                var deleted = await repositories.Of(rig.Id, rig.GitUrl!).DeleteRemoteBranchAsync(request.Branch, request.Commit, ct);
                if (!deleted.Landed) log.LogInformation("{Request} landed; its branch {Branch} stays: {Why}", request.Id, request.Branch, deleted.Message);
            }
            catch (GitException e)
            {
                log.LogWarning("{Request} landed; its branch {Branch} could not be deleted: {Why}", request.Id, request.Branch, e.Message);
            }
    }
}
