using System.ComponentModel.DataAnnotations;

namespace ClaudeManage.ServiceDefaults.Edge;

/// <summary>Limits of the HTTP surface. Section <c>Edge</c>.</summary>
public sealed class EdgeOptions
{
    /// <summary>Sustained requests per second and token.</summary>
    [Range(1, 1_000_000)]
    public int RequestsPerSecond { get; set; } = 2_000;

    /// <summary>Requests a token may make at once after being quiet.</summary>
    [Range(1, 1_000_000)]
    public int RequestBurst { get; set; } = 4_000;

    /// <summary>Largest body, in bytes (default 1 MiB).</summary>
    [Range(1_024, 1_073_741_824)]
    public long MaxBodyBytes { get; set; } = 1024 * 1024;
}
