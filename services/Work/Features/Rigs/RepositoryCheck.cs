using ClaudeManage.Git;
using ClaudeManage.ServiceDefaults.Edge;

namespace ClaudeManage.Work.Features.Rigs;

/// <summary>Asks git about a repository before a rig is bound to it. Takes as long as the network takes: never inside a transaction.</summary>
sealed class RepositoryCheck(GitRunner git)
{
    /// <summary>The branch work lands on; refuses (422) with git's own words what cannot be worked with.</summary>
    /// <param name="branch">Named by the operator; null takes the repository's own.</param>
    public async Task<string> DefaultBranchAsync(string gitUrl, string? branch, CancellationToken ct)
    {
        var found = await DefaultBranch.DetectAsync(git, gitUrl, ct);
        return found.Kind switch
        {
            DefaultBranchKind.Found or DefaultBranchKind.Detached or DefaultBranchKind.HeadMissing when branch is not null && !found.Branches.Contains(branch) =>
                throw No("no-such-branch", $"The repository has no branch '{branch}'", $"Push it first, or name one of {string.Join(", ", found.Branches.Take(10))}."),
            DefaultBranchKind.Found => branch ?? found.Branch!,
            DefaultBranchKind.Detached or DefaultBranchKind.HeadMissing when branch is not null => branch,
            DefaultBranchKind.Detached or DefaultBranchKind.HeadMissing => throw No("no-default-branch", found.Message, "Name one as defaultBranch."),
            DefaultBranchKind.Empty => throw No("empty-repository", found.Message, "A rig needs a branch with at least one commit."),
            DefaultBranchKind.NotARepository => throw No("not-a-repository", found.Message, "Give the path or address of an existing git repository."),
            DefaultBranchKind.Refused => throw No("repository-refused", found.Message, "Give an address of an allowed form."),
            _ => throw No("repository-unreachable", found.Message, "Check the address and this machine's access to it, then repeat."),
        };
    }

    static RefusalException No(string code, string words, string next) => Refusal.Unprocessable(code, $"{words.TrimEnd('.', '\n', ' ')}. {next}").AsException();
}
