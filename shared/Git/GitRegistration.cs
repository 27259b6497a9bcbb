using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace ClaudeManage.Git;

/// <summary>Git as the modules of a service use it.</summary>
public static class GitRegistration
{
    /// <summary>A <see cref="GitRunner"/> and a <see cref="ProcessRunner"/> whose processes live in real time, whatever the clock of the town says.</summary>
    public static IServiceCollection AddGit(this IServiceCollection services)
    {
        services.TryAddSingleton(_ => new ProcessRunner(TimeProvider.System));
        services.TryAddSingleton<GitRunner>();
        return services;
    }
}
