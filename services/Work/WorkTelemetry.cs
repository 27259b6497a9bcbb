using ClaudeManage.ServiceDefaults.Telemetry;

namespace ClaudeManage.Work;

static class WorkTelemetry
{
    public static readonly Spans Spans = new("Work");
}
