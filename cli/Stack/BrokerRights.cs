using System.Text.RegularExpressions;

namespace ClaudeManage.Cli.Stack;

/// <summary>
/// What a service's user may do on the broker, as RabbitMQ's three expressions over names of queues and exchanges. A queue and the
/// exchange before it are called <c>&lt;service&gt;-…</c>, a message type's exchange <c>&lt;namespace&gt;:&lt;type&gt;</c>.
/// </summary>
/// <param name="Configure">Declare and delete: its own queues; the exchanges of messages, because whoever comes first declares them.</param>
/// <param name="Write">Publish: its own messages, and the commands to others that it is there to give.</param>
/// <param name="Read">Consume from its own queues, and bind them to any message.</param>
sealed record BrokerRights(string Configure, string Write, string Read)
{
    const string Messages = @"ClaudeManage\.|MassTransit:";

    // Commands belong to who obeys them; these are who gives them.
    static readonly Dictionary<string, string[]> Commands = new()
    {
        ["hook"] = ["Supervisor:StartSession", "Supervisor:StopSession", "Convoy:EnsureConvoy"],
        ["workflow"] = ["Work:CreateWorkItems", "Work:CloseWorkItems", "Work:ReopenWorkItems", "Work:DescribeWorkItem", "Work:TellRigs", "Hook:SlingWork"],
        ["convoy"] = ["Hook:SlingWork", "Hook:UnslingWork", "Hook:DeliverMail", "Work:TellRigs", "Refinery:HoldMerges", "Refinery:LandTogether", "Health:TellOutside"],
        ["health"] = ["Hook:DeliverMail", "Supervisor:NudgeSession", "Supervisor:StopSession"],
    };

    // Work keeps the door to outside systems.
    static readonly Dictionary<string, string> Beside = new() { ["work"] = @"|claudemanage\.(work|events)" };

    public static BrokerRights Of(string service)
    {
        var (own, project) = (Regex.Escape(service) + "-" + Beside.GetValueOrDefault(service), StackServices.Project(service));
        var commands = string.Concat(Commands.GetValueOrDefault(service, []).Select(c => $@"|ClaudeManage\.Contracts\.{Regex.Escape(c)}$"));
        // IRunEvent is the exchange that every event passes on its way to the trail. Whoever gives up on a message says so (Suite) and raises an incident.
        return new($"^({own}|{Messages})", $@"^({own}|ClaudeManage\.{project}[.:]|ClaudeManage\.Contracts\.({project}|Suite):|ClaudeManage\.Contracts\.Health:RaiseIncident$|ClaudeManage\.Contracts:|MassTransit:{commands})", $"^({own}|{Messages})");
    }
}
