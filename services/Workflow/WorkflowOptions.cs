using System.ComponentModel.DataAnnotations;
using ClaudeManage.ServiceDefaults.Edge;

namespace ClaudeManage.Workflow;

/// <summary>Section <c>Workflow</c>.</summary>
public sealed class WorkflowOptions
{
    /// <summary>Signs what outside systems say to <c>http</c> gates (<c>POST /gates/{id}/callback</c>), 16 characters at least; without one no callback is taken.</summary>
    [MinLength(BodySignature.ShortestSecret)]
    public string? CallbackSecret { get; set; }
}
