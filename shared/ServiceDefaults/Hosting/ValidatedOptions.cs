using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace ClaudeManage.ServiceDefaults.Hosting;

/// <summary>Options that are checked at start, so that a wrong key stops the host with its name instead of surprising later.</summary>
public static class ValidatedOptions
{
    /// <summary>Binds a section and validates it by its data annotations when the host starts.</summary>
    public static void AddValidatedOptions<T>(this IHostApplicationBuilder builder, string section) where T : class =>
        builder.Services.AddOptions<T>().BindConfiguration(section, o => o.ErrorOnUnknownConfiguration = true).ValidateDataAnnotations().ValidateOnStart();
}
