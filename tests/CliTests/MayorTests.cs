using System.Text.Json;
using ClaudeManage.Cli;
using ClaudeManage.Cli.Mayor;
using ClaudeManage.Contracts.Hook;
using ClaudeManage.Git;
using ClaudeManage.Tests.Servers;

namespace ClaudeManage.CliTests;

/// <summary>A mayor whose program is a script, in a real town.</summary>
public sealed class MayorTests
{
    static CancellationToken Ct => TestContext.Current.CancellationToken;

    // What a mayor's program does: reads what it is told, acts through cm, prints its answer.
    const string Script = """
        cat > told.md
        grep -q 'Nothing to be done' told.md && exit 7
        grep -q 'take your time' told.md && ! grep -q 'You began on this message 1 time before' told.md && { echo $$ > busy; exec sleep 600; }
        "$@" create "Buy seeds" --rig chores --quiet > made.txt
        echo "I made $(cat made.txt)."
        """;

    static string[] Start(params string[] options) => ["mayor", "start", .. options, "--", "sh", "-c", Script, "sh", "dotnet", typeof(CmProgram).Assembly.Location];

    [Fact]
    public async Task The_mayor_answers_mail_and_acts_under_its_own_name()
    {
        await using var town = new RealTown();
        await town.OkAsync("up", "--detach", "--port", "0", "--no-browser");
        await town.OkAsync("rig", "add", "chores");
        var early = await town.CmAsync("mayor", "ask", "Anybody here?");
        Assert.Equal((4, true), (early.Code, early.Error.Contains("cm mayor start", StringComparison.Ordinal)));
        Assert.Equal(2, (await town.CmAsync("mayor", "start")).Code);
        await town.OkAsync(Start("--once"));

        await town.OkAsync("mayor", "ask", "We need seeds\nfor spring", "--wait", "0");
        await town.OkAsync(Start("--once"));
        var made = (await File.ReadAllTextAsync(Path.Combine(town.Work, "made.txt"), Ct)).Trim();
        var told = await File.ReadAllTextAsync(Path.Combine(town.Work, "told.md"), Ct);
        foreach (var part in new[] { "You are the mayor", "chores (active)", "# Message from overseer: We need seeds\n\n", "We need seeds\nfor spring" }) Assert.Contains(part, told);
        Assert.DoesNotContain("You began on this", told);
        Assert.Contains($"I made {made}.", await town.OkAsync("mail", "list", "overseer"));
        var acts = (await town.OkAsync("events", "--actor", "mayor", "--json")).Split('\n');
        Assert.Contains(made, string.Concat(acts));
        Assert.Contains("mail.taken", string.Concat(acts));

        // Answered once: nothing is left for another round.
        File.Delete(Path.Combine(town.Work, "told.md"));
        Assert.Contains("No message waits", (await town.CmAsync(Start("--once"))).Error);
        Assert.False(File.Exists(Path.Combine(town.Work, "told.md")));

        await town.OkAsync("mayor", "ask", "Nothing to be done", "--wait", "0");
        await town.OkAsync(Start("--once"));
        Assert.Contains("exit code 7", await town.OkAsync("mail", "list", "overseer"));
        Assert.Contains("chores (active)", await town.OkAsync("prime", "--role", "mayor"));
    }

    [Fact]
    public async Task A_running_mayor_is_asked_and_talked_with()
    {
        await using var town = new RealTown();
        await town.OkAsync("up", "--detach", "--port", "0", "--no-browser");
        await town.OkAsync("rig", "add", "chores");
        var url = (await File.ReadAllTextAsync(Path.Combine(town.Data, "town.url"), Ct)).Trim();
        var token = (await File.ReadAllTextAsync(Path.Combine(town.Data, "overseer.token"), Ct)).Trim();
        await using var mayor = LongProcess.Start(new ProcessSpec("dotnet", [typeof(CmProgram).Assembly.Location, .. Start()])
        {
            WorkingDirectory = town.Work,
            Environment = new Dictionary<string, string?> { ["CM_URL"] = url, ["CM_TOKEN"] = token },
        }, (_, _) => ValueTask.CompletedTask);
        using var cm = new Cm { RealNetwork = true, Input = "and water\n\nand light\n" };
        (cm.Variables["CM_URL"], cm.Variables["CM_TOKEN"]) = (url, token);
        var asked = await UntilThereAsync(cm);
        Assert.StartsWith("I made ch-", asked.Out);
        var talk = await cm.RunAsync("mayor", "attach");
        Assert.True(talk.Code == 0, talk.Error);
        Assert.Equal(2, talk.Lines.Count(l => l.StartsWith("I made ch-", StringComparison.Ordinal)));

        // Nobody begins anything in a stopped town, and what was begun is not lost.
        await cm.RunAsync("mayor", "ask", "take your time", "--wait", "0");
        var busy = Path.Combine(town.Work, "busy");
        await Eventually.TrueAsync(() => File.Exists(busy) && File.ReadAllText(busy).EndsWith('\n'), TimeSpan.FromMinutes(1), "it has begun", Ct);
        var program = ProcessIdentity.Of(int.Parse(await File.ReadAllTextAsync(busy, Ct), System.Globalization.CultureInfo.InvariantCulture))!.Value;
        Assert.Equal(0, (await cm.RunAsync("stop", "--all")).Code);
        await Eventually.TrueAsync(() => !ProcessGroup.IsAlive(program), TimeSpan.FromSeconds(10), "the mayor's program has ended", Ct);
        await cm.RunAsync("start", "--all");
        await Eventually.TrueAsync(async () => (await cm.RunAsync("mail", "list", "overseer", "--unread")).Out.Contains("Re: take your time", StringComparison.Ordinal), TimeSpan.FromMinutes(2), "it is answered", Ct);
        // That it was stopped is told to the program, and does not count against the message.
        var held = JsonElement.Parse((await cm.RunAsync("mail", "list", "mayor", "--json")).Out).GetProperty("items").EnumerateArray().Single(m => m.GetProperty("subject").GetString() == "take your time");
        Assert.Equal((2, 1), (held.GetProperty("takes").GetInt32(), held.GetProperty("givenBack").GetInt32()));
        var proof = await mayor.StopAsync(ct: Ct);
        Assert.True(proof.Clean, proof.Steps);
    }

    // The mayor is registered a moment after its program was started.
    static async Task<Cm.Result> UntilThereAsync(Cm cm)
    {
        var patience = System.Diagnostics.Stopwatch.StartNew();
        while (true)
        {
            var asked = await cm.RunAsync("mayor", "ask", "We need seeds", "--wait", "3");
            if (asked.Code == 0) return asked;
            Assert.True(asked.Code == ExitCodes.NotFound && patience.Elapsed < TimeSpan.FromMinutes(2), asked.Error);
        }
    }

    [Fact]
    public void What_a_program_printed_is_the_answer_and_a_failure_is_told()
    {
        static ProcessResult Ended(int code, string printed, string errors = "", string? reason = null) => new(code, printed, errors, reason is not null, false, true, TimeSpan.Zero, null, reason);
        Assert.Equal("all is well", MayorAnswer.Of(Ended(0, "all is well\n"), 100));
        Assert.Contains("printed nothing", MayorAnswer.Of(Ended(0, " "), 100));
        Assert.Contains("exit code 3", MayorAnswer.Of(Ended(3, "half", "no keys"), 500));
        Assert.Contains("no keys", MayorAnswer.Of(Ended(3, "half", "no keys"), 500));
        Assert.Contains("stopped after 5 s", MayorAnswer.Of(Ended(143, "", reason: "stopped after 5 s"), 500));
        var cut = MayorAnswer.Of(Ended(0, new string('a', 600) + new string('z', 600)), 100);
        Assert.StartsWith("aaa", cut);
        Assert.EndsWith("zzz", cut);
        Assert.Contains("1100 characters left out", cut);
    }

    [Theory]
    [InlineData(3, 0, null)]
    [InlineData(4, 0, "I began on this 3 times")]
    [InlineData(9, 6, null)]
    [InlineData(9, 5, "I began on this 3 times")]
    public void A_message_is_given_up_after_three_tries_and_what_an_emergency_stop_ended_is_none(int takes, int givenBack, string? said)
    {
        var mail = new MailSnapshot(Guid.Empty, "overseer", "mayor", "seeds", "please", "task", 2, Guid.Empty, null, default, null, null, null, takes, GivenBack: givenBack);
        if (said is null) Assert.Null(MayorAnswer.GivenUp(mail));
        else Assert.StartsWith(said, MayorAnswer.GivenUp(mail));
    }

    [Fact]
    public void Who_goes_on_with_a_message_is_told_that_somebody_began()
    {
        var mail = new MailSnapshot(Guid.Empty, "overseer", "mayor", "seeds", "please", "task", 2, Guid.Empty, "ch-1", default, null, null, null, Takes: 3);
        Assert.Contains("You began on this message 2 times before", MayorAnswer.Question(mail));
        Assert.Contains("It is about ch-1.", MayorAnswer.Question(mail));
    }
}
