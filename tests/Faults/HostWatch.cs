using System.Diagnostics;
using System.Reflection;
using ClaudeManage.Persistence;
using Microsoft.AspNetCore.Hosting;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace ClaudeManage.Faults;

/// <summary>Waits for the process to build its host, and puts the faults between its modules and their databases.</summary>
sealed class HostWatch : IObserver<DiagnosticListener>, IObserver<KeyValuePair<string, object?>>
{
    static readonly MethodInfo Configure = typeof(HostWatch).GetMethod(nameof(ConfigureContext), BindingFlags.NonPublic | BindingFlags.Static)!;

    public void OnNext(DiagnosticListener value)
    {
        if (value.Name == "Microsoft.Extensions.Hosting") value.Subscribe(this);
    }

    public void OnNext(KeyValuePair<string, object?> value)
    {
        if (value is { Key: "HostBuilding", Value: IHostBuilder host }) host.ConfigureServices(Plant);
    }

    static void Plant(IServiceCollection services)
    {
        if (!services.Any(s => s.ServiceType == typeof(ModuleDatabase))) return;      // a gateway, or a host that only waits
        var contexts = services.Select(s => s.ServiceType).Where(t => t.IsSubclassOf(typeof(ModuleDbContext)) && !t.IsAbstract).Distinct().ToList();
        foreach (var context in contexts) Configure.MakeGenericMethod(context).Invoke(null, [services]);
        services.AddSingleton<IStartupFilter, FencingOff>();
    }

    static void ConfigureContext<TDb>(IServiceCollection services) where TDb : ModuleDbContext =>
        services.ConfigureDbContext<TDb>((provider, options) => options.AddInterceptors(new InboxOff(), new OutboxOff(provider.GetRequiredService<IServiceScopeFactory>())));

    public void OnCompleted() { }

    public void OnError(Exception error) { }
}
