using ClaudeManage.Client;
using ClaudeManage.Contracts.Hook;
using ClaudeManage.Contracts.Http;
using ClaudeManage.Contracts.Identity;
using ClaudeManage.Git;

namespace ClaudeManage.Cli.Mayor;

/// <summary>
/// Answers the mayor's mail: for each message that nobody else has, runs the program once and sends what it printed (docs/decisions/0014).
/// Between messages nothing runs.
/// </summary>
sealed class MayorKeeper(Invocation run, IReadOnlyList<string> command, TimeSpan limit)
{
    /// <summary>The address.</summary>
    public const string Address = "mayor";

    /// <summary>Of an answer; the town takes a little more.</summary>
    const int LongestAnswer = 60_000;

    static readonly TimeSpan Hold = TimeSpan.FromMinutes(5);
    static readonly TimeSpan Renewal = TimeSpan.FromMinutes(1);
    static readonly TimeSpan TokenLifetime = TimeSpan.FromDays(1);
    static readonly TimeSpan Retry = TimeSpan.FromSeconds(5);

    // News come by the stream of events; what was sent while it was being opened is found here.
    static readonly TimeSpan Look = TimeSpan.FromMinutes(1);

    TownClient? _town;
    string? _token;
    DateTimeOffset _renewAt;
    TimeSpan _wait = Look;
    volatile CancellationTokenSource? _working;

    /// <summary>Registers the mayor where there is none yet.</summary>
    public async Task RegisterAsync(CancellationToken ct)
    {
        try { await run.Town.CreateAgent(new CreateAgent(Address, "Mayor", "command")).SendAsync(ct); }
        catch (TownProblemException e) when (e.Code == "agent-exists") { }
    }

    /// <summary>Answers what is there, and unless told to do it <paramref name="once"/> whatever comes until it is cancelled. How many messages it answered.</summary>
    public async Task<int> KeepAsync(bool once, CancellationToken ct)
    {
        using var over = CancellationTokenSource.CreateLinkedTokenSource(ct);
        using var news = new SemaphoreSlim(0);
        var listening = ListenAsync(news, over.Token);
        try
        {
            for (var answered = 0; ;)
            {
                try
                {
                    answered += await AnswerAllAsync(ct);
                    if (once) return answered;
                    await news.WaitAsync(_wait, ct);
                }
                catch (Exception e) when (!once && e is TownUnreachableException or TownProblemException)
                {
                    run.Say($"{e.Message} Trying again.");
                    await Task.Delay(Retry, run.Terminal.Clock, ct);
                }
            }
        }
        finally
        {
            await over.CancelAsync();
            await listening;
        }
    }

    async Task ListenAsync(SemaphoreSlim news, CancellationToken ct)
    {
        while (!ct.IsCancellationRequested)
        {
            try
            {
                await foreach (var entry in run.Town.FollowEventsAsync(null, new EventQuery(Type: $"{MailSent.Type},emergency-stop.*"), ct: ct))
                    Hear(entry, news);
            }
            catch (Exception e) when (e is TownUnreachableException or TownProblemException && !ct.IsCancellationRequested)
            {
                run.Say($"{e.Message} Until it is there again, the mail is looked at every minute.");
                await Task.Delay(Look, run.Terminal.Clock, ct).ContinueWith(_ => { }, TaskScheduler.Default);
            }
            catch (OperationCanceledException) { return; }
        }
    }

    void Hear(TrailEntry entry, SemaphoreSlim news)
    {
        switch (entry.EventType)
        {
            case MailSent.Type when entry.Payload.GetProperty("mail").GetProperty("to").GetString() == Address:
            case EmergencyStopLifted.Type:
                news.Release();
                break;
            case EmergencyStopOrdered.Type when entry.Payload.GetProperty("scope").GetString() == StopScope.Town:
                run.Say("The whole town is stopped, and the mayor with it.");
                try { _working?.Cancel(); }
                catch (ObjectDisposedException) { /* it has just come to its end */ }
                break;
        }
    }

    /// <summary>Answers what is there. How many messages.</summary>
    async Task<int> AnswerAllAsync(CancellationToken ct)
    {
        var answered = 0;
        while (await TakeNextAsync(ct) is { } mail)
        {
            await AnswerAsync(mail, ct);
            answered++;
        }
        return answered;
    }

    /// <summary>The most urgent, then the oldest message that nobody has; null when there is none.</summary>
    async Task<MailSnapshot?> TakeNextAsync(CancellationToken ct)
    {
        var town = await TownAsync(ct);
        var open = new List<MailSnapshot>();
        string? after = null;
        do
        {
            var page = await town.Mail(Address, open: true, after: after, limit: 500).SendAsync(ct);
            open.AddRange(page.Items);
            after = page.Next;
        }
        while (after is not null);
        // What somebody has is free again then, if they do not come to an end.
        _wait = open.Select(m => m.TakenUntil - run.Now).Where(left => left > TimeSpan.Zero && left < Look).Min() is { } left ? left + TimeSpan.FromSeconds(1) : Look;
        foreach (var mail in open.OrderBy(m => m.Priority).ThenBy(m => m.SentAt).ThenBy(m => m.Id))
        {
            try { return await town.TakeMail(mail.Id, new TakeMail((int)Hold.TotalSeconds)).SendAsync(ct); }
            catch (TownProblemException e) when (e.Code is "mail-taken" or "mail-handled") { }
            catch (TownProblemException e) when (e.Code == "stopped")
            {
                run.Say(e.Detail);
                return null;
            }
        }
        return null;
    }

    async Task AnswerAsync(MailSnapshot mail, CancellationToken ct)
    {
        run.Say($"{mail.From}: {Output.Text.Line(mail.Subject)}");
        var town = await TownAsync(ct);
        var answer = MayorAnswer.GivenUp(mail) ?? await RunAsync(town, mail, ct);
        if (answer is null)
        {
            run.Say("It is left as it is.");
            return;
        }
        if (mail.Type != "reply" && mail.From != Address && ActorAddress.RoleOf(mail.From) != "system")
            await town.SendMail(mail.From, new SendMail(Output.Text.Cut("Re: " + Output.Text.Line(mail.Subject), 300), answer, "reply", mail.Priority, mail.ThreadId, mail.WorkItemId)).Once($"answer-{mail.Id}").SendAsync(ct);
        await town.AckMail(mail.Id).SendAsync(ct);
        run.Say(answer);
    }

    /// <summary>What the program says; null when the message was lost to somebody else or the town was stopped: the program is stopped then.</summary>
    async Task<string?> RunAsync(TownClient town, MailSnapshot mail, CancellationToken ct)
    {
        using var over = CancellationTokenSource.CreateLinkedTokenSource(ct);
        var lost = HoldAsync(town, mail, over);
        _working = over;
        try
        {
            var spec = new ProcessSpec(command[0], [.. command.Skip(1)])
            {
                WorkingDirectory = run.Terminal.Directory,
                Input = await PromptAsync(town, mail, ct),
                Timeout = limit,
                Ladder = StopLadder.Default,
                Environment = new Dictionary<string, string?>
                {
                    ["CM_URL"] = run.Location.Url.ToString().TrimEnd('/'),
                    ["CM_TOKEN"] = _token,
                    ["CM_AGENT"] = Address,
                    ["CM_MAIL"] = mail.Id.ToString(),
                    ["CM_DATA"] = null,
                },
            };
            var result = await new ProcessRunner(run.Terminal.Clock).RunAsync(spec, over.Token);
            return MayorAnswer.Of(result, LongestAnswer);
        }
        catch (OperationCanceledException)
        {
            await GiveBackAsync(town, mail);
            ct.ThrowIfCancellationRequested();
            return null;
        }
        finally
        {
            _working = null;
            await over.CancelAsync();
            await lost;
        }
    }

    /// <summary>Whoever asks next may have it, and does not hold against the message that it was not brought to an end.</summary>
    async Task GiveBackAsync(TownClient town, MailSnapshot mail)
    {
        try { await town.TakeMail(mail.Id, new TakeMail(Take: mail.Takes, GiveBack: true)).SendAsync(CancellationToken.None); }
        catch (Exception e) when (e is TownUnreachableException or TownProblemException) { run.Say($"{e.Message} The message is free again in {Hold.TotalMinutes:0} minutes."); }
    }

    static async Task<string> PromptAsync(TownClient town, MailSnapshot mail, CancellationToken ct) =>
        await MayorBrief.ReadAsync(town, ct) + MayorAnswer.Question(mail);

    /// <summary>Keeps the message; cancels the work when it is somebody else's.</summary>
    async Task HoldAsync(TownClient town, MailSnapshot mail, CancellationTokenSource over)
    {
        while (!over.IsCancellationRequested)
        {
            try
            {
                await Task.Delay(Renewal, run.Terminal.Clock, over.Token);
                await town.TakeMail(mail.Id, new TakeMail((int)Hold.TotalSeconds, mail.Takes)).SendAsync(over.Token);
            }
            catch (OperationCanceledException) { }
            catch (TownUnreachableException) { /* four more times until it is over */ }
            catch (TownProblemException e) when (e.Status == 409) { await over.CancelAsync(); }
        }
    }

    /// <summary>The town, asked by the mayor: under its own name, never under that of whoever started it.</summary>
    async Task<TownClient> TownAsync(CancellationToken ct)
    {
        if (_town is not null && run.Now < _renewAt) return _town;
        _token = (await run.Town.CreateToken(new CreateToken(Address, "operator", null, (int)TokenLifetime.TotalMinutes)).SendAsync(ct)).Token;
        _renewAt = run.Now + TokenLifetime / 2;
        return _town = run.ClientFor(run.Location.Url, _token);
    }
}
