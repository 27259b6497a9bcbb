using System.ComponentModel.DataAnnotations;

namespace ClaudeManage.Gateway;

/// <summary>Section <c>Gateway</c>.</summary>
public sealed class GatewayOptions : IValidatableObject
{
    /// <summary>The services behind the gateway. Supervisors are not among them: their nodes say themselves where they are.</summary>
    public static readonly IReadOnlyList<string> Names = ["work", "hook", "workflow", "convoy", "refinery", "health"];

    /// <summary>Base addresses of each service's replicas. A name stands for all addresses it has.</summary>
    public Dictionary<string, string[]> Services { get; set; } = [];

    /// <summary>How often each replica's readiness is asked for.</summary>
    [Range(1, 3_600)]
    public int ProbeSeconds { get; set; } = 10;

    /// <summary>How long a replica that failed a request is left alone while others are there.</summary>
    [Range(1, 3_600)]
    public int AvoidSeconds { get; set; } = 5;

    /// <summary>How often names are resolved again.</summary>
    [Range(1, 3_600)]
    public int ResolveSeconds { get; set; } = 10;

    /// <summary>How long a connection may take to be made.</summary>
    [Range(0.1, 60)]
    public double ConnectSeconds { get; set; } = 2;

    /// <summary>
    /// How long an answer may be silent before it is given up. Long polls wait up to 60 seconds, and streams say every 15 that they are
    /// still there; there is no limit to how long a stream may go on.
    /// </summary>
    [Range(1, 3_600)]
    public int SilenceSeconds { get; set; } = 100;

    /// <summary>How long what Hook said about the nodes is believed.</summary>
    [Range(0, 600)]
    public double NodesSeconds { get; set; } = 3;

    /// <summary>How long a node has to answer when all are asked.</summary>
    [Range(0.1, 60)]
    public double NodeSeconds { get; set; } = 3;

    /// <inheritdoc />
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        foreach (var name in Names.Where(n => !Services.TryGetValue(n, out var addresses) || addresses.Length == 0))
            yield return new ValidationResult($"Gateway:Services:{name}:0 must be the base address of the service {name}, e.g. http://{name}:8080.");
        foreach (var name in Services.Keys.Where(n => !Names.Contains(n)))
            yield return new ValidationResult($"Gateway:Services:{name}: there is no such service. They are {string.Join(", ", Names)}; supervisors announce themselves (Supervisor:Url).");
        foreach (var (name, addresses) in Services)
            foreach (var address in addresses.Where(a => !IsBase(a)))
                yield return new ValidationResult($"Gateway:Services:{name}: '{address}' is no http or https address.");
    }

    internal static bool IsBase(string? address) => Uri.TryCreate(address, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https" && uri.Host.Length > 0;
}
