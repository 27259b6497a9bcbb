using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using System.Text.RegularExpressions;
using ClaudeManage.Cli.Stack;
using ClaudeManage.Town;
using MassTransit;

namespace ClaudeManage.CliTests.Stack;

/// <summary>
/// A message that its service's user may not write waits in the outbox for ever. What a service can send is read from its program: the
/// messages it makes, of all those that somebody consumes.
/// </summary>
public sealed class BrokerRightsTests
{
    const string Contracts = "ClaudeManage.Contracts.";

    static readonly IReadOnlyList<Assembly> Programs = [.. TownModules.All().Select(m => m.GetType().Assembly)];

    static readonly HashSet<string> Consumed = [.. Programs.SelectMany(p => p.GetTypes()).SelectMany(t => t.GetInterfaces())
        .Where(i => i.IsGenericType && i.GetGenericTypeDefinition() == typeof(IConsumer<>)).Select(i => i.GetGenericArguments()[0].FullName!)];

    static string Service(Assembly program) => program.GetName().Name!["ClaudeManage.".Length..].ToLowerInvariant();

    /// <summary>Full names of the contracts' types that a program has a call of a constructor of.</summary>
    static IEnumerable<string> Made(Assembly program)
    {
        using var file = new PEReader(File.OpenRead(program.Location));
        var metadata = file.GetMetadataReader();
        foreach (var member in metadata.MemberReferences.Select(metadata.GetMemberReference))
        {
            if (member.Parent.Kind != HandleKind.TypeReference || metadata.GetString(member.Name) != ConstructorInfo.ConstructorName) continue;
            var type = metadata.GetTypeReference((TypeReferenceHandle)member.Parent);
            var name = $"{metadata.GetString(type.Namespace)}.{metadata.GetString(type.Name)}";
            if (name.StartsWith(Contracts, StringComparison.Ordinal)) yield return name;
        }
    }

    /// <summary>As RabbitMQ's exchange of a message type is called.</summary>
    static string Exchange(string type) => $"{type[..type.LastIndexOf('.')]}:{type[(type.LastIndexOf('.') + 1)..]}";

    [Fact]
    public void Every_service_may_send_what_it_sends()
    {
        var sent = Programs.SelectMany(p => Made(p).Where(Consumed.Contains).Select(m => (Service: Service(p), Exchange: Exchange(m)))).Distinct().ToList();
        Assert.True(sent.Count > 30, $"only {sent.Count} messages were found");
        Assert.Contains(("health", Exchange(typeof(Contracts.Hook.DeliverMail).FullName!)), sent);
        Assert.Empty(sent.Where(s => !Regex.IsMatch(s.Exchange, BrokerRights.Of(s.Service).Write)).Select(s => $"{s.Service} may not send {s.Exchange}"));
    }
}
