using System.Text;
using System.Text.Encodings.Web;
using ClaudeManage.Contracts.Health;
using ClaudeManage.Health.Data;
using ClaudeManage.Health.Domain;
using ClaudeManage.Health.Running;
using ClaudeManage.Persistence;
using ClaudeManage.ServiceDefaults.Edge;

namespace ClaudeManage.Health.Features;

/// <summary>What a person sees who follows a link: a page without scripts that says what is to be decided, and a button.</summary>
static class LinkPage
{
    /// <summary>It waits; the form posts to the link itself.</summary>
    public static IResult Ask(DecisionRow row, DecisionLink link)
    {
        var body = new StringBuilder($"<h1>{Text(row.Title)}</h1>");
        if (row.Question is { } question) body.Append($"<p class=\"q\">{Text(question)}</p>");
        body.Append($"<p class=\"by\">Asked by {Text(row.AskedBy)}{(row.WorkItemId is { } item ? $" about {Text(item)}" : "")}. You answer as {Text(link.To)}, until {link.Until:u}.</p><form method=\"post\">");
        if (link.Answer.Length > 0) body.Append($"<button>Answer: {Text(link.Answer)}</button>");
        else body.Append($"<label for=\"text\">Your answer</label><textarea id=\"text\" name=\"text\" rows=\"12\">\n{Text(row.Draft ?? "")}</textarea><button>Answer</button>");
        return Page(200, row.Title, body.Append("</form>").ToString());
    }

    /// <summary>It is decided.</summary>
    public static IResult Done(DecisionSnapshot decision) =>
        Page(200, "Decided", $"<h1>Decided</h1><p>{Text(decision.Title)}</p><p class=\"q\">{Text(Decisions.Words(decision.Given!))}</p><p class=\"by\">{Text(SnakeCase.Of(decision.State.ToString()))} as {Text(decision.AnsweredBy!)}.</p>");

    /// <summary>It is not answered by this link.</summary>
    public static IResult Refused(Refusal refusal) => Page(refusal.Status, "Not answered", $"<h1>Not answered</h1><p>{Text(refusal.Detail)}</p><p class=\"by\">{Text(refusal.Code)}</p>");

    static IResult Page(int status, string title, string body) => new Html(status,
        $"<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\"><meta name=\"robots\" content=\"noindex\"><title>{Text(title)}</title><style>{Style}</style></head><body><main>{body}</main></body></html>");

    const string Style = "body{font:1rem/1.5 system-ui,sans-serif;margin:0;background:#fff;color:#1b1b1b}main{max-width:40rem;margin:3rem auto;padding:0 1rem}.q{white-space:pre-wrap}.by{color:#555}"
        + "textarea{display:block;width:100%;box-sizing:border-box;margin:.5rem 0 1rem;font:inherit}button{font:inherit;padding:.6rem 1.2rem;background:#0b57d0;color:#fff;border:0;border-radius:.3rem}"
        + "@media(prefers-color-scheme:dark){body{background:#1b1b1b;color:#eee}.by{color:#aaa}}";

    static string Text(string text) => HtmlEncoder.Default.Encode(text);

    sealed class Html(int status, string text) : IResult
    {
        public Task ExecuteAsync(HttpContext http)
        {
            http.Response.StatusCode = status;
            http.Response.ContentType = "text/html; charset=utf-8";
            http.Response.Headers.ContentSecurityPolicy = "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";
            http.Response.Headers.XContentTypeOptions = "nosniff";
            return http.Response.WriteAsync(text, http.RequestAborted);
        }
    }
}
