using Microsoft.AspNetCore.DataProtection;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace ClaudeManage.ServiceDefaults.Hosting;

/// <summary>
/// ASP.NET's data protection comes along with authentication and YARP, and at each start looks for its keys in the home directory or makes one
/// there, with a warning. Nothing here is protected by it: no cookies, no antiforgery.
/// </summary>
public static class NoKeyRing
{
    /// <summary>No keys are looked for or kept. To be called behind what adds data protection.</summary>
    public static void RemoveKeyRing(this IServiceCollection services)
    {
        services.AddDataProtection().UseEphemeralDataProtectionProvider();
        var starters = services.Where(s => s.ServiceType == typeof(IHostedService) && s.ImplementationType?.Assembly == typeof(EphemeralDataProtectionProvider).Assembly).ToList();
        foreach (var starter in starters) services.Remove(starter);
    }
}
