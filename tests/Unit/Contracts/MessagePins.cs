using System.Reflection;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using ClaudeManage.Contracts;
using ClaudeManage.ServiceDefaults.Edge;
using ClaudeManage.Tests.Hosting;

namespace ClaudeManage.Unit.Contracts;

/// <summary>What travels between services: names, URNs and JSON of every message. Contracts only grow.</summary>
public sealed class MessagePins
{
    static readonly Assembly Contracts = typeof(RunEvent).Assembly;

    static IEnumerable<Type> Events => Contracts.GetTypes().Where(t => t.IsAssignableTo(typeof(IRunEvent)) && !t.IsInterface).OrderBy(t => t.FullName, StringComparer.Ordinal);

    [Fact]
    public void Events_have_unique_public_names_in_the_one_form()
    {
        var names = Events.Select(NameOf).ToList();
        Assert.Equal(names.Count, names.Distinct().Count());
        Assert.All(names, n => Assert.Matches("^[a-z]+(-[a-z]+)*\\.[a-z]+(-[a-z]+)*$", n));
    }

    [Fact]
    public void Messages_are_sealed_records_without_inheritance() => Assert.All(
        Contracts.GetTypes().Where(t => t.IsClass && t.IsPublic && t.GetMethod("<Clone>$") is not null),
        t => Assert.True(t.IsSealed && t.BaseType == typeof(object), $"{t} is not a sealed record"));

    [Fact]
    public void Enums_are_words() => Assert.All(
        Contracts.GetExportedTypes().Where(t => t.IsEnum),
        t => Assert.True(t.IsDefined(typeof(JsonConverterAttribute), false), $"{t.Name} would be a number in JSON"));

    [Fact]
    public void Every_message_keeps_its_urn_and_its_json()
    {
        var text = new StringBuilder();
        foreach (var type in Events)
        {
            text.Append("urn:message:").Append(type.Namespace).Append(':').AppendLine(type.Name);
            text.AppendLine(JsonSerializer.Serialize(Sample.Of(type), type, new JsonSerializerOptions(JsonSettings.Web) { WriteIndented = false }));
        }
        Approved.Verify("messages.txt", text.ToString());
    }

    [Fact]
    public void The_list_of_events_in_the_docs_is_the_code()
    {
        var text = new StringBuilder("# Events\n\nEvery transition is an event, and every event is one row of the trail. Generated from `shared/Contracts`; a test compares.\n\n| type | record | publisher |\n|---|---|---|\n");
        foreach (var type in Events.OrderBy(NameOf, StringComparer.Ordinal))
            text.AppendLine($"| `{NameOf(type)}` | {type.Name} | {type.Namespace!.Split('.')[^1]} |");
        Approved.VerifyFile(Path.Combine(Architecture.SourceTree.Root(), "docs", "events.md"), text.ToString());
    }

    static string NameOf(Type type) => (string)type.GetField("Type")!.GetRawConstantValue()!;
}
