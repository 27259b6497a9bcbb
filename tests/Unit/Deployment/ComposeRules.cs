using System.Text.RegularExpressions;
using ClaudeManage.Unit.Architecture;

namespace ClaudeManage.Unit.Deployment;

/// <summary>What docker-compose.yml must say of every service there is, and what it must not.</summary>
static partial class ComposeRules
{
    const string Path = "docker-compose.yml";
    static readonly string[] Servers = ["postgres", "rabbitmq"];

    /// <summary>Every module with its migration, the gateway, and nothing that is not in the tree.</summary>
    public static IEnumerable<string> EveryServiceIsThere(SourceTree tree)
    {
        var here = Services(tree).Select(s => s.Name).ToHashSet();
        foreach (var name in Suite.Processes(tree).Concat(Suite.WithDatabase(tree).Select(s => s + "-migrate")).Concat(Servers))
            if (!here.Remove(name)) yield return $"{Path} has no service {name}";
        foreach (var name in here) yield return $"{Path} has a service {name} that is nothing of the suite";
    }

    /// <summary>No rights, no writing, no names that stand in the way of a second replica; one image per service.</summary>
    public static IEnumerable<string> Confined(SourceTree tree)
    {
        foreach (var (name, service) in OfSuite(tree))
        {
            var image = name.Replace("-migrate", "", StringComparison.Ordinal);
            if (!NotRoot().IsMatch(service["user"].Text)) yield return $"{name} may run as root (user)";
            if (service["read_only"].Text != "true") yield return $"{name} may write to its root (read_only)";
            if (!service["cap_drop"].Texts.Contains("ALL")) yield return $"{name} keeps capabilities (cap_drop)";
            if (!service["security_opt"].Texts.Contains("no-new-privileges:true")) yield return $"{name} may gain privileges (security_opt)";
            if (!service["mem_limit"].Exists) yield return $"{name} has no limit of memory (mem_limit)";
            if (service["build", "args", "SERVICE"].Text != image) yield return $"{name} builds the service {service["build", "args", "SERVICE"].Text}";
            if (!service["image"].Text.Contains($"/{image}:", StringComparison.Ordinal)) yield return $"{name} runs the image {service["image"].Text}";
        }
        foreach (var (name, service) in Services(tree))
        {
            if (service["container_name"].Exists) yield return $"{name} has a container_name and cannot be scaled";
            if (service["privileged"].Exists || service["network_mode"].Exists || service["pid"].Exists) yield return $"{name} shares something with its machine";
            if (!service["image"].Text.StartsWith("${", StringComparison.Ordinal)) yield return $"{name}: a mirror cannot be named for the image {service["image"].Text}";
        }
    }

    /// <summary>Only the gateway is reached from outside, and only from this machine unless somebody says otherwise.</summary>
    public static IEnumerable<string> Ports(SourceTree tree)
    {
        foreach (var (name, service) in Services(tree))
            foreach (var port in service["ports"].Texts)
            {
                if (name != "gateway") yield return $"{name} publishes {port}; only the gateway is reached from outside";
                if (!OnLoopback().IsMatch(port)) yield return $"{name} publishes {port}, which is not bound to 127.0.0.1 by default";
            }
    }

    /// <summary>Whose image has git gets out to repositories, with the keys for them; who sends webhooks and mail gets out; nobody else does.</summary>
    public static IEnumerable<string> WaysOut(SourceTree tree)
    {
        foreach (var (name, service) in OfSuite(tree))
        {
            var works = Suite.WithGit(tree).Contains(name);
            if (service["networks"].Texts.Contains("outside") != (works || name is "gateway" or "health")) yield return $"{name} {(service["networks"].Texts.Contains("outside") ? "gets" : "does not get")} out (networks)";
            if (service["volumes"].Texts.Any(v => v.EndsWith($":{Suite.Keys}:ro", StringComparison.Ordinal)) != works) yield return $"{name} {(works ? "has no" : "has")} keys for git (volumes)";
        }
    }

    /// <summary>Nobody starts before what it needs is there.</summary>
    public static IEnumerable<string> Order(SourceTree tree)
    {
        var migrations = Suite.WithDatabase(tree).Select(s => s + "-migrate").ToList();
        foreach (var (name, service) in Services(tree))
        {
            var migrates = name.EndsWith("-migrate", StringComparison.Ordinal);
            if (!migrates && !service["healthcheck", "test"].Items.Any()) yield return $"{name} has no health check";
            if (Servers.Contains(name)) continue;
            if (service["command"].Texts is not [var verb] || verb != (migrates ? "migrate" : "run")) yield return $"{name} has the wrong verb: {string.Join(' ', service["command"].Texts)}";
            foreach (var (needed, condition) in name switch
            {
                "gateway" => Suite.WithDatabase(tree).Select(s => (s, "service_healthy")),
                "supervisor" => [("gateway", "service_healthy")],
                _ when migrates => Servers.Select(s => (s, "service_healthy")),
                _ => Servers.Select(s => (s, "service_healthy")).Concat(migrations.Select(m => (m, "service_completed_successfully"))),
            })
                if (service["depends_on", needed, "condition"].Text != condition) yield return $"{name} does not wait for {needed} ({condition})";
        }
    }

    /// <summary>Each process knows its own database and its own user, and no other.</summary>
    public static IEnumerable<string> OwnConnectionsOnly(SourceTree tree) =>
        from service in OfSuite(tree)
        from trouble in Suite.ConnectionTroubles(tree, service.Name, [.. service.Service["environment"].Entries.Select(e => (e.Key, e.Value.Text))])
        select trouble;

    /// <summary>Only what docker-compose 1.29 and Compose v2 both read.</summary>
    public static IEnumerable<string> ReadByBoth(SourceTree tree)
    {
        var root = Node.Parse(tree.Files[Path])[0];
        foreach (var key in new[] { "name", "include", "version" })
            if (root[key].Exists) yield return $"{Path} has the top-level key {key}";
        foreach (var (name, service) in Services(tree))
            foreach (var key in new[] { "develop", "extends", "deploy", "profiles" })
                if (service[key].Exists) yield return $"{name} has the key {key}, which the two read differently";
    }

    /// <summary>Every environment key, by process.</summary>
    public static IEnumerable<(string Where, string Key)> Settings(SourceTree tree) =>
        from service in OfSuite(tree)
        from entry in service.Service["environment"].Entries
        select ($"{Path}: {service.Name}", entry.Key);

    static IEnumerable<(string Name, Node Service)> Services(SourceTree tree) => Node.Parse(tree.Files[Path])[0]["services"].Entries.Select(e => (e.Key, e.Value));

    static IEnumerable<(string Name, Node Service)> OfSuite(SourceTree tree) => Services(tree).Where(s => !Servers.Contains(s.Name));

    [GeneratedRegex(@"^[1-9]\d*(:[1-9]\d*)?$")]
    private static partial Regex NotRoot();

    [GeneratedRegex(@"^(127\.0\.0\.1|\$\{\w+:-127\.0\.0\.1\}):(\d+|\$\{\w+:-\d+\}):\d+$")]
    private static partial Regex OnLoopback();
}
