using System.ComponentModel.DataAnnotations;
using ClaudeManage.Contracts.Health;
using ClaudeManage.ServiceDefaults.Edge;

namespace ClaudeManage.Health;

/// <summary>When the watcher worries. Section <c>Health</c>.</summary>
public sealed class HealthOptions : IValidatableObject
{
    /// <summary>Seconds without progress after which a live agent is quiet.</summary>
    [Range(1, 86_400)]
    public int QuietAfterSeconds { get; set; } = 120;

    /// <summary>Seconds without a node's heartbeat after which its agents are unreachable.</summary>
    [Range(1, 86_400)]
    public int NodeSilentSeconds { get; set; } = 90;

    /// <summary>Seconds without progress that an agent is left in peace while it uses the processor; otherwise its rig's stallAfterSeconds count.</summary>
    [Range(1, 604_800)]
    public int BusyPatienceSeconds { get; set; } = 7_200;

    /// <summary>How often an agent is asked before it is stuck.</summary>
    [Range(1, 10)]
    public int Nudges { get; set; } = 2;

    /// <summary>Seconds the first nudge may stay unanswered; each one after it twice as long.</summary>
    [Range(1, 86_400)]
    public int NudgeWaitSeconds { get; set; } = 120;

    /// <summary>Repeated lines in a row that count as a loop, if they go on for as long as an agent may be silent before it is quiet.</summary>
    [Range(5, 1_000_000)]
    public int LoopRepeats { get; set; } = 100;

    /// <summary>Seconds a session may go on without an assignment.</summary>
    [Range(1, 86_400)]
    public int ZombieAfterSeconds { get; set; } = 120;

    /// <summary>Seconds between the end of a session and the end of its lease before the agent counts as dead.</summary>
    [Range(1, 86_400)]
    public int DeadAfterSeconds { get; set; } = 60;

    /// <summary>Seconds that work may wait on a hook whose agents supervisors start, although it could be started.</summary>
    [Range(1, 86_400)]
    public int PropulsionSeconds { get; set; } = 120;

    /// <summary>The same for a hook whose agents are started by people or scripts.</summary>
    [Range(1, 604_800)]
    public int BarePropulsionSeconds { get; set; } = 1_800;

    /// <summary>Seconds between a witness's first and second act on a stuck agent; twice as long each time after.</summary>
    [Range(1, 86_400)]
    public int ActWaitSeconds { get; set; } = 120;

    /// <summary>Restarts and moves of one rig's work of one formula under one runtime within the window; over it, witnesses only report.</summary>
    [Range(1, 10_000)]
    public int BreakerActs { get; set; } = 6;

    /// <summary>That window, in seconds.</summary>
    [Range(1, 604_800)]
    public int BreakerWindowSeconds { get; set; } = 3_600;

    /// <summary>Seconds between two rounds of the deacon; 0 for no deacon and no boot.</summary>
    [Range(0, 86_400)]
    public int DeaconSeconds { get; set; } = 60;

    /// <summary>Days that closed incidents, decisions that are over, and judgements of agents are kept.</summary>
    [Range(1, 36_500)]
    public int KeepDays { get; set; } = 90;

    /// <summary>Seconds between two looks of the boot at the deacon.</summary>
    [Range(5, 86_400)]
    public int BootSeconds { get; set; } = 120;

    /// <summary>Seconds that anybody may be late before the deacon says so.</summary>
    [Range(1, 86_400)]
    public int LateAfterSeconds { get; set; } = 60;

    /// <summary>Seconds that a due message may wait to leave a service before the deacon says so.</summary>
    [Range(1, 86_400)]
    public int OutboxLateSeconds { get; set; } = 120;

    /// <summary>Messages that may wait before one consumer before the deacon says so.</summary>
    [Range(1, 100_000_000)]
    public int BacklogMessages { get; set; } = 1_000;

    /// <summary>Free megabytes under a service's files below which the deacon says so.</summary>
    [Range(0, 10_000_000)]
    public int DiskLowMegabytes { get; set; } = 500;

    /// <summary>Seconds after which an incident that nobody has acknowledged is raised one level and told again, at most twice.</summary>
    [Range(1, 2_592_000)]
    public int EscalateAfterSeconds { get; set; } = 14_400;

    /// <summary>Whose inbox in the town gets mail about incidents; empty for nobody's.</summary>
    public string MailTo { get; set; } = "mayor";

    /// <summary>The least severe incident that is mailed there.</summary>
    public Severity MailSeverity { get; set; } = Severity.High;

    /// <summary>Where incidents are posted as JSON; its <c>text</c> is what chat programs show.</summary>
    [Url]
    public string? WebhookUrl { get; set; }

    /// <summary>Signs each post: <c>X-ClaudeManage-Signature: sha256=</c> and the HMAC-SHA256 of the body.</summary>
    public string? WebhookSecret { get; set; }

    /// <summary>The least severe incident that is posted.</summary>
    public Severity WebhookSeverity { get; set; } = Severity.High;

    /// <summary>Signs the links by which people answer decisions from outside, 16 characters at least; without one there are none, and nobody outside is told of decisions.</summary>
    [MinLength(BodySignature.ShortestSecret)]
    public string? LinkSecret { get; set; }

    /// <summary>Where people reach the town; the links begin with it.</summary>
    [Url]
    public string? LinkUrl { get; set; }

    /// <summary>Hours a link answers a decision that has no deadline; with one it answers until then.</summary>
    [Range(1, 8_760)]
    public int LinkHours { get; set; } = 168;

    /// <summary>The server that takes e-mail about incidents.</summary>
    public string? SmtpHost { get; set; }

    /// <summary>Its port.</summary>
    [Range(1, 65_535)]
    public int SmtpPort { get; set; } = 587;

    /// <summary>Encrypted when the server offers it; off speaks plain text whatever it offers.</summary>
    public bool SmtpTls { get; set; } = true;

    /// <summary>Name to log in with; none means without.</summary>
    public string? SmtpUser { get; set; }

    /// <summary>Its password.</summary>
    public string? SmtpPassword { get; set; }

    /// <summary>Sender of these mails.</summary>
    [EmailAddress]
    public string? SmtpFrom { get; set; }

    /// <summary>Who gets them.</summary>
    public string[] SmtpTo { get; set; } = [];

    /// <summary>The least severe incident that is mailed.</summary>
    public Severity SmtpSeverity { get; set; } = Severity.Critical;

    /// <inheritdoc />
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (LinkSecret is not null && LinkUrl is null) yield return new ValidationResult("Health:LinkSecret is set; then Health:LinkUrl must say where people reach the town.", [nameof(LinkUrl)]);
        if (SmtpHost is null) yield break;
        if (SmtpFrom is null) yield return new ValidationResult("Health:SmtpHost is set; then Health:SmtpFrom must say who sends.", [nameof(SmtpFrom)]);
        if (SmtpTo.Length == 0) yield return new ValidationResult("Health:SmtpHost is set; then Health:SmtpTo must say who gets it.", [nameof(SmtpTo)]);
        foreach (var to in SmtpTo.Where(t => !new EmailAddressAttribute().IsValid(t))) yield return new ValidationResult($"Health:SmtpTo: '{to}' is no e-mail address.", [nameof(SmtpTo)]);
    }
}
