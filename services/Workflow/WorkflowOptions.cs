using System.ComponentModel.DataAnnotations;
using ClaudeManage.ServiceDefaults.Edge;

namespace ClaudeManage.Workflow;

/// <summary>Section <c>Workflow</c>.</summary>
public sealed class WorkflowOptions
{
    /// <summary>Signs what outside systems say to <c>http</c> gates (<c>POST /gates/{id}/callback</c>), 16 characters at least; without one no callback is taken.</summary>
    [MinLength(BodySignature.ShortestSecret)]
    public string? CallbackSecret { get; set; }

    /// <summary>Days after its end that a wisp keeps its steps; then they become its digest.</summary>
    [Range(1, 36_500)]
    public int FoldWispsAfterDays { get; set; } = 7;

    /// <summary>Days after the end of a molecule or wisp that its digest and its log are kept; the trail keeps its events.</summary>
    [Range(1, 36_500)]
    public int KeepDigestDays { get; set; } = 365;

    /// <summary>Days after its end that a molecule keeps its steps and gates, can be tried again or forked; then they become its digest.</summary>
    [Range(1, 36_500)]
    public int FoldAfterDays { get; set; } = 30;
}
