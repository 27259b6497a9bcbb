using ClaudeManage.Convoy;
using ClaudeManage.Health;
using ClaudeManage.Hook;
using ClaudeManage.Refinery;
using ClaudeManage.ServiceDefaults.Hosting;
using ClaudeManage.Supervisor;
using ClaudeManage.Work;
using ClaudeManage.Workflow;

namespace ClaudeManage.Town;

/// <summary>Every service of the suite, by name; the architecture test compares this list with the folders.</summary>
public static class TownModules
{
    /// <summary>Fresh instances, in the order in which they are listed everywhere.</summary>
    public static IReadOnlyList<IModule> All() =>
    [
        new WorkModule(), new HookModule(), new WorkflowModule(), new ConvoyModule(), new RefineryModule(), new HealthModule(), new SupervisorModule(),
    ];
}
