using Microsoft.Extensions.Options;

namespace ClaudeManage.ServiceDefaults.Hosting;

/// <summary>What is wrong with the configuration, in a sentence for whoever wrote it.</summary>
public static class ConfigurationProblem
{
    const string Begin = "The configuration is not valid: ";

    /// <summary>Of an exception that reading or validating the settings threw; null for any other.</summary>
    public static string? Of(Exception e) => e switch
    {
        OptionsValidationException invalid => Begin + string.Join(" ", invalid.Failures),
        // A key that nobody knows, or a value of another type; the message names it.
        InvalidOperationException { Source: "Microsoft.Extensions.Configuration.Binder" } unread => $"{Begin}{unread.Message} docs/configuration.md lists the keys.",
        _ => null,
    };
}
