using System.Text.Json;

namespace ClaudeManage.WorkTests.Outside;

/// <summary>What GitHub sends about an issue, cut to the fields around those that matter.</summary>
static class GitHubSample
{
    public static string Issue(string action, string? stateReason = null, string title = "Login fails", string body = "Since **Monday**.", int number = 12, params string[] labels) => JsonSerializer.Serialize(new
    {
        action,
        issue = new
        {
            url = $"https://api.github.com/repos/Acme/Shop/issues/{number}",
            html_url = $"https://github.com/Acme/Shop/issues/{number}",
            id = 1_234_567_890L,
            number,
            title,
            user = new { login = "eve", id = 1, type = "User" },
            labels = labels.Select((name, id) => new { id, name, color = "d73a4a", @default = true }),
            state = action == "closed" ? "closed" : "open",
            state_reason = stateReason,
            locked = false,
            assignee = (object?)null,
            created_at = "2026-05-04T08:00:00Z",
            updated_at = $"2026-05-04T08:00:{action.Length:00}Z",
            body,
        },
        repository = new { id = 99, name = "Shop", full_name = "Acme/Shop", @private = true, owner = new { login = "Acme" } },
        sender = new { login = "eve", id = 1, type = "User" },
    });
}
