using System.ComponentModel.DataAnnotations;
using ClaudeManage.Contracts.Identity;
using ClaudeManage.ServiceDefaults.Edge;

namespace ClaudeManage.Work;

/// <summary>Section <c>Work</c>.</summary>
public sealed class WorkOptions : IValidatableObject
{
    /// <summary>Seconds after which a quiet event stream says that it is still there, and looks for what another replica wrote.</summary>
    [Range(1, 600)]
    public int KeepAliveSeconds { get; set; } = 15;

    /// <summary>Seconds a replay waits for events that are still on their way to the trail.</summary>
    [Range(0, 600)]
    public int ReplayWaitSeconds { get; set; } = 10;

    /// <summary>Largest import, in MiB; it lies in the temporary directory while it is read.</summary>
    [Range(1, 1_048_576)]
    public int ImportMaxMegabytes { get; set; } = 128;

    /// <summary>Work from outside.</summary>
    public IngestOptions Ingest { get; set; } = new();

    /// <inheritdoc />
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext) => Ingest.Problems().Select(p => new ValidationResult(p));
}

/// <summary>Section <c>Work:Ingest</c>.</summary>
public sealed class IngestOptions
{
    /// <summary>Who may sign a <c>POST /ingest</c>, by the name that becomes the actor <c>external/name</c>.</summary>
    public Dictionary<string, IngestSource> Sources { get; set; } = [];

    /// <summary>So many rejected messages of one source within <see cref="UnusualMinutes"/> raise an incident.</summary>
    public int UnusualRejections { get; set; } = 10;

    /// <summary>The time in which they are counted.</summary>
    public int UnusualMinutes { get; set; } = 10;

    internal IEnumerable<string> Problems()
    {
        if (UnusualRejections < 1) yield return "Work:Ingest:UnusualRejections is at least 1.";
        if (UnusualMinutes is < 1 or > 1440) yield return "Work:Ingest:UnusualMinutes is 1 to 1440.";
        foreach (var (name, source) in Sources)
        {
            var key = $"Work:Ingest:Sources:{name}";
            if (!ActorAddress.IsPart(name)) yield return $"{key}: a source's name has 1 to 40 of a-z, 0-9 and -.";
            if (source.Secret.Length < BodySignature.ShortestSecret) yield return $"{key}:Secret has at least {BodySignature.ShortestSecret} characters (openssl rand -hex 32 makes one).";
            foreach (var mapping in source.Repositories.Where(r => r.Repository.Split('/').Length != 2 || !ActorAddress.IsPart(r.Rig)))
                yield return $"{key}:Repositories: '{mapping.Repository}' → '{mapping.Rig}' is no owner/name and rig.";
        }
    }
}

/// <summary>An outside system that signs what it sends.</summary>
public sealed class IngestSource
{
    /// <summary>The shared secret of its HMAC-SHA256 signatures.</summary>
    public string Secret { get; set; } = "";

    /// <summary>Rigs it is limited to; empty means all.</summary>
    public List<string> Rigs { get; set; } = [];

    /// <summary>GitHub: the rig that each repository's issues belong to.</summary>
    public List<RepositoryRig> Repositories { get; set; } = [];
}

/// <summary>A repository's issues are work of this rig.</summary>
public sealed class RepositoryRig
{
    /// <summary><c>owner/name</c>.</summary>
    public string Repository { get; set; } = "";

    /// <summary>The rig's id.</summary>
    public string Rig { get; set; } = "";
}
