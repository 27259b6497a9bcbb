using System.Net.Sockets;
using MassTransit;
using Microsoft.Extensions.DependencyInjection;
using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;

namespace ClaudeManage.Messaging;

/// <summary>The broker before and beside the bus: whether it can be used at all, and what it must know before anybody publishes.</summary>
public static class Broker
{
    static readonly TimeSpan Longest = TimeSpan.FromSeconds(5);

    /// <summary>Why nobody can work with it now, in a sentence; null when it takes our login.</summary>
    public static async Task<string?> TroubleAsync(Uri uri, CancellationToken ct)
    {
        var where = $"RabbitMQ at {uri.Host}:{(uri.Port > 0 ? uri.Port : 5672)}";
        try
        {
            var factory = new ConnectionFactory { Uri = uri, RequestedConnectionTimeout = Longest, AutomaticRecoveryEnabled = false, ClientProvidedName = "claudemanage start" };
            BrokerSocket.UseFor(factory);
            await using var connection = await factory.CreateConnectionAsync(ct);
            await connection.CloseAsync(ct);
            return null;
        }
        catch (BrokerUnreachableException e) when (Find<AuthenticationFailureException>(e) is not null)
        {
            return $"{where} refuses the user {Uri.UnescapeDataString(uri.UserInfo.Split(':')[0])}: name or password in ConnectionStrings:rabbitmq is wrong.";
        }
        catch (Exception e) when (!ct.IsCancellationRequested)
        {
            return $"{where} does not answer: {Why(e)}";
        }
    }

    /// <summary>
    /// Declares the queues of this process and what they listen to, and ends. Done for every service before the first of them publishes:
    /// an exchange without queues drops what it is given.
    /// </summary>
    public static Task DeployTopologyAsync(this IServiceProvider services, CancellationToken ct) => services.GetRequiredService<IBusControl>().DeployAsync(ct);

    /// <summary>The host starts while the broker is away; the bus connects when it comes back, or the process ends with code 1 to be started again.</summary>
    public static void StartWithoutBroker(this IServiceCollection services)
    {
        services.PostConfigure<MassTransitHostOptions>(o => o.WaitUntilStarted = false);
        services.AddHostedService<BusStart>();
    }

    // The client wraps a list of one for each address that it tried; a name that nobody knows comes as EAI_AGAIN or EAI_NONAME.
    static string Why(Exception e) => Find<SocketException>(e) is { SocketErrorCode: SocketError.HostNotFound or SocketError.TryAgain or SocketError.NoData }
        ? "its name is not known here" : e.GetBaseException().Message;

    static T? Find<T>(Exception? e) where T : Exception
    {
        while (e is not null and not T) e = e.InnerException;
        return (T?)e;
    }
}
