using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text.Json;
using ClaudeManage.Health.Data;
using ClaudeManage.ServiceDefaults.Edge;
using MailKit;
using MailKit.Net.Smtp;
using MailKit.Security;
using Microsoft.Extensions.Options;
using MimeKit;

namespace ClaudeManage.Health.Running;

/// <summary>What is said outside: to people as text, to programs as JSON.</summary>
sealed record NoticeContent(string Text, object Json);

/// <summary>One try to tell somebody outside: a signed POST that chat programs understand, or e-mail.</summary>
sealed class NoticeSender(IHttpClientFactory http, IOptions<HealthOptions> options)
{
    /// <summary>Name of the HTTP client; it follows no redirects.</summary>
    public const string Client = "health-webhook";

    static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    /// <summary>Null when the other side took it, else why not.</summary>
    public async Task<string?> SendAsync(NoticeRow notice, NoticeContent content, CancellationToken ct)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(ct);
        patience.CancelAfter(Patience);
        try
        {
            return notice.Channel == NoticeChannel.Webhook ? await PostAsync(notice, content, patience.Token) : await MailAsync(notice, content, patience.Token);
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested) { return $"no answer within {Patience.TotalSeconds:0} s"; }
        catch (Exception e) when (e is HttpRequestException or SocketException or IOException or ProtocolException or CommandException or AuthenticationException or SslHandshakeException or ParseException)
        {
            return e.Message;
        }
    }

    async Task<string?> PostAsync(NoticeRow notice, NoticeContent content, CancellationToken ct)
    {
        if (options.Value.WebhookUrl is not { } url) return "Health:WebhookUrl is not set any more";
        var body = JsonSerializer.SerializeToUtf8Bytes(content.Json, JsonSettings.Web);
        using var request = new HttpRequestMessage(HttpMethod.Post, url) { Content = new ByteArrayContent(body) { Headers = { ContentType = new MediaTypeHeaderValue("application/json") { CharSet = "utf-8" } } } };
        request.Headers.Add("X-ClaudeManage-Delivery", notice.Id.ToString());
        if (options.Value.WebhookSecret is { Length: > 0 } secret)
            request.Headers.Add(BodySignature.Header, BodySignature.Of(secret, body));
        using var client = http.CreateClient(Client);
        using var answer = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, ct);
        return answer.IsSuccessStatusCode ? null : $"{url} answered {(int)answer.StatusCode}";
    }

    async Task<string?> MailAsync(NoticeRow notice, NoticeContent content, CancellationToken ct)
    {
        var o = options.Value;
        if (o.SmtpHost is null || o.SmtpFrom is null || o.SmtpTo.Length == 0) return "Health:SmtpHost, SmtpFrom or SmtpTo is not set any more";
        using var message = new MimeMessage { Subject = notice.Subject, Body = new TextPart("plain") { Text = content.Text }, MessageId = $"{notice.Id:N}@claudemanage.invalid" };
        message.From.Add(MailboxAddress.Parse(o.SmtpFrom));
        foreach (var to in o.SmtpTo) message.To.Add(MailboxAddress.Parse(to));
        using var smtp = new SmtpClient();
        await smtp.ConnectAsync(o.SmtpHost, o.SmtpPort, o.SmtpTls ? SecureSocketOptions.Auto : SecureSocketOptions.None, ct);
        if (o.SmtpUser is { Length: > 0 } user) await smtp.AuthenticateAsync(user, o.SmtpPassword ?? "", ct);
        await smtp.SendAsync(message, ct);
        await smtp.DisconnectAsync(true, ct);
        return null;
    }
}
