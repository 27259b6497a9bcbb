using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace ClaudeManage.ServiceDefaults.Edge;

/// <summary>Answers of what stands before the endpoints.</summary>
public static class RefusalAnswers
{
    /// <summary>Answers with a refusal as a problem document.</summary>
    public static async Task WriteRefusalAsync(this HttpContext http, Refusal refusal)
    {
        http.Response.StatusCode = refusal.Status;
        await http.RequestServices.GetRequiredService<IProblemDetailsService>()
            .TryWriteAsync(new ProblemDetailsContext { HttpContext = http, ProblemDetails = ProblemHandling.ToProblem(refusal) });
    }
}
