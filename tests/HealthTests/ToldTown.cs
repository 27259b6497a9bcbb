using System.Collections.Concurrent;
using ClaudeManage.Tests.Servers;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace ClaudeManage.HealthTests;

/// <summary>A town that tells what happens to a URL and by e-mail, and both of them.</summary>
public abstract class ToldTown : HealthTown
{
    protected static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    readonly MailCatcher _mail = new();
    WebApplication _hook = null!;
    volatile int _answer = 200;

    /// <summary>What the URL was sent.</summary>
    protected ConcurrentQueue<(string Body, string? Signature, string? Delivery)> Posts { get; } = new();

    /// <summary>What was mailed.</summary>
    protected ConcurrentQueue<string> Mails => _mail.Mails;

    protected override IReadOnlyDictionary<string, string?> Settings => new Dictionary<string, string?>
    {
        ["Health:WebhookUrl"] = _hook.Urls.First() + "/hook",
        ["Health:WebhookSecret"] = "sesame",
        ["Health:SmtpHost"] = "127.0.0.1",
        ["Health:SmtpPort"] = $"{_mail.Port}",
        ["Health:SmtpTls"] = "false",
        ["Health:SmtpFrom"] = "town@example.org",
        ["Health:SmtpTo:0"] = "kim@example.org",
    };

    public override async ValueTask InitializeAsync()
    {
        var builder = WebApplication.CreateBuilder();
        builder.Logging.ClearProviders();
        _hook = builder.Build();
        _hook.Urls.Add("http://127.0.0.1:0");
        _hook.MapPost("/hook", async http =>
        {
            using var reader = new StreamReader(http.Request.Body);
            Posts.Enqueue((await reader.ReadToEndAsync(Ct), http.Request.Headers["X-ClaudeManage-Signature"], http.Request.Headers["X-ClaudeManage-Delivery"]));
            http.Response.StatusCode = _answer;
        });
        await _hook.StartAsync(Ct);
        await base.InitializeAsync();
    }

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        await _hook.DisposeAsync();
        await _mail.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    /// <summary>What the URL answers from now on.</summary>
    protected void Answers(int status) => _answer = status;

    protected static Task TrueAsync(Func<bool> what, string says) => Eventually.TrueAsync(what, Patience, says, Ct);
}
