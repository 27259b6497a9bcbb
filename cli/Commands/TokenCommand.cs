using System.CommandLine;
using ClaudeManage.Contracts.Http;

namespace ClaudeManage.Cli.Commands;

/// <summary><c>cm token</c>: a bearer token for somebody.</summary>
static class TokenCommand
{
    static readonly string[] Roles = ["overseer", "operator", "supervisor", "agent", "publisher", "viewer"];

    public static Command Make(CommandLine cli)
    {
        var subject = new Argument<string>("subject") { Description = "For whom: overseer/eve, shop/crew/ada, external/jira." };
        var role = Symbols.Value("--role", "ROLE", $"What it may do (default agent): {string.Join(", ", Roles)}.");
        role.AcceptOnlyFromAmong(Roles!);
        var rigs = Symbols.Values("--rig", "RIG", "Only this rig.", "-r");
        var minutes = new Option<int?>("--minutes") { Description = "How long it is good (default 30 days).", HelpName = "N" };
        return cli.Verb("token", "Make a bearer token. It is shown once.", [subject, role, rigs, minutes], async (run, ct) =>
        {
            var call = run.Town.CreateToken(new CreateToken(run.Get(subject), run.Get(role), CreateItem.NonEmpty(run.Get(rigs)), run.Get(minutes)));
            return await run.ShowAsync(call, token =>
            {
                run.Terminal.Out.WriteLine(token.Token);
                run.Say($"For {token.Subject} as {token.Role}, good until {token.ExpiresAt:u}.");
            }, token => token.Token, ct);
        }, "cm token overseer/eve --role operator", "cm token external/grafana --role viewer --minutes 525600", "CM_TOKEN=$(cm token shop/crew/ada --quiet) cm hook shop/crew/ada");
    }
}
