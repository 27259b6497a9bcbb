using System.Diagnostics;
using ClaudeManage.Faults;

/// <summary>
/// What .NET calls before <c>Main</c> in a process whose environment names this assembly in <c>DOTNET_STARTUP_HOOKS</c>. That is the only
/// way in: the assembly lies beside the tests and in nothing that is published, and no setting of the suite leads to it.
/// </summary>
static class StartupHook
{
    public static void Initialize()
    {
        BrokerDetour.Take();
        if (Planted.Directory is not null) DiagnosticListener.AllListeners.Subscribe(new HostWatch());
    }
}
