using ClaudeManage.Unit.Architecture;

namespace ClaudeManage.Unit.Deployment;

/// <summary>All ways of running the suite say the same, and every rule finds a violation planted in them.</summary>
public sealed class DeploymentTests
{
    static readonly SourceTree Tree = SourceTree.Load();

    static readonly Dictionary<string, Func<SourceTree, IEnumerable<string>>> All = new()
    {
        ["compose: services"] = ComposeRules.EveryServiceIsThere,
        ["compose: confined"] = ComposeRules.Confined,
        ["compose: ports"] = ComposeRules.Ports,
        ["compose: order"] = ComposeRules.Order,
        ["compose: connections"] = ComposeRules.OwnConnectionsOnly,
        ["compose: ways out"] = ComposeRules.WaysOut,
        ["compose: both programs"] = ComposeRules.ReadByBoth,
        ["k8s: services"] = KubernetesRules.EveryServiceIsThere,
        ["k8s: confined"] = KubernetesRules.Confined,
        ["k8s: connections"] = KubernetesRules.OwnConnectionsOnly,
        ["k8s: network"] = KubernetesRules.ClosedNetwork,
        ["k8s: ways out"] = KubernetesRules.WaysOut,
        ["k8s: kustomizations"] = KubernetesRules.Kustomizations,
        ["k8s: queues"] = KubernetesRules.QueuesThatAreScaledBy,
        ["images"] = ParityRules.EveryImageCanBeBuilt,
        ["AppHost"] = ParityRules.EveryServiceInTheAppHost,
        ["gateway"] = ParityRules.EveryServiceBehindTheGateway,
        ["settings"] = ParityRules.OnlyKnownSettings,
        ["metrics"] = ParityRules.OnlyKnownMetrics,
    };

    public static TheoryData<string> Names => [.. All.Keys];

    // Each replaces a piece of the file, which must be there; an empty piece replaces the whole file.
    public static TheoryData<string, string, string, string> Planted => new()
    {
        { "compose: services", "services/Planted/Planted.csproj", "", "<Project />" },
        { "compose: services", Compose, "  hook-migrate:\n", "  hook-migration:\n" },
        { "compose: confined", Compose, "read_only: true", "read_only: false" },
        { "compose: confined", Compose, "user: \"1654:1654\"", "user: root" },
        { "compose: confined", Compose, "  hook:\n", "  hook:\n    container_name: hook\n" },
        { "compose: confined", Compose, "SERVICE: hook }", "SERVICE: work }" },
        { "compose: confined", Compose, "mem_limit: 768m", "cpus: 2" },
        { "compose: ports", Compose, "${GATEWAY_BIND:-127.0.0.1}:", "" },
        { "compose: ports", Compose, "    hostname: rabbitmq\n", "    hostname: rabbitmq\n    ports: [\"127.0.0.1:15672:15672\"]\n" },
        { "compose: order", Compose, "hook-migrate: { condition: service_completed_successfully }", "hook-migrate: { condition: service_started }" },
        { "compose: order", Compose, "[CMD, /app/service, healthcheck]", "[]" },
        { "compose: connections", Compose, "ConnectionStrings__hook: Host", "ConnectionStrings__work: Host" },
        { "compose: connections", Compose, "amqp://claudemanage_hook:${HOOK_PASSWORD", "amqp://claudemanage_hook:${WORK_PASSWORD" },
        { "compose: both programs", Compose, "services:\n", "name: town\n\nservices:\n" },
        { "compose: ways out", Compose, "    environment: *convoy-settings\n    secrets: [town_pub]\n\n  refinery-m", "    environment: *convoy-settings\n    networks: [inside, outside]\n\n  refinery-m" },
        { "compose: ways out", Compose, "    environment: *workflow-settings\n    secrets: [town_pub]\n    networks: [inside, outside]\n", "    environment: *workflow-settings\n    secrets: [town_pub]\n" },
        { "compose: ways out", Compose, "\"refinery:/data\", *ssh", "\"refinery:/data\"" },
        { "compose: ways out", "deploy/Dockerfile", "in work|workflow|", "in work|convoy|workflow|" },
        { "k8s: services", "services/Planted/Planted.csproj", "", "<Project />" },
        { "k8s: services", Hook, "kind: PodDisruptionBudget", "kind: PodDisruption" },
        { "k8s: services", Hook, "name: hook-migrate\n", "name: hook-migration\n" },
        { "k8s: confined", Hook, "readOnlyRootFilesystem: true", "readOnlyRootFilesystem: false" },
        { "k8s: confined", Hook, "runAsNonRoot: true", "runAsNonRoot: false" },
        { "k8s: confined", Hook, "readinessProbe:", "readyProbe:" },
        { "k8s: confined", Hook, "limits: { memory:", "limits: { cpu:" },
        { "k8s: connections", Hook, "name: claudemanage-hook, key: database", "name: claudemanage-work, key: database" },
        { "k8s: connections", "deploy/k8s/base/planted.yaml", "", "kind: Secret" },
        { "k8s: network", "deploy/k8s/base/network-policies.yaml", "podSelector: {}\n  policyTypes: [Ingress, Egress]", "podSelector: {}\n  policyTypes: [Ingress]" },
        { "k8s: ways out", "deploy/k8s/base/network-policies.yaml", "[work, workflow, refinery, supervisor]", "[work, refinery, supervisor]" },
        { "k8s: ways out", "deploy/k8s/base/workflow.yaml", "mountPath: /home/app/.ssh", "mountPath: /data/home/.ssh" },
        { "k8s: kustomizations", "deploy/k8s/base/kustomization.yaml", "  - hook.yaml\n", "  - hooks.yaml\n" },
        { "k8s: kustomizations", "deploy/k8s/overlays/dev/planted.yaml", "", "kind: Service" },
        { "k8s: kustomizations", "deploy/k8s/base/kustomization.yaml", "name: claudemanage/hook", "name: claudemanage/hooks" },
        { "k8s: queues", "deploy/k8s/overlays/keda/scaled-objects.yaml", "queueName: work-assignment-facts", "queueName: work-planted" },
        { "images", "services/Planted/Planted.csproj", "", "<Project />" },
        { "images", "deploy/Dockerfile", "hook) project=Hook", "hook) project=Work" },
        { "images", "deploy/Dockerfile", "USER 1654:1654", "USER root" },
        { "AppHost", "services/Planted/Planted.csproj", "", "<Project />" },
        { "AppHost", "AppHost/Program.cs", "Service<Projects.Hook>(\"hook\")", "Process<Projects.Hook>(\"hook\")" },
        { "gateway", "services/Gateway/GatewayOptions.cs", "", "Names = [\"work\", \"hook\"]" },
        { "settings", Compose, "Town__Url:", "TOWN_URL:" },
        { "settings", "deploy/k8s/base/settings.yaml", "Bus__Transport:", "Bus__Kind:" },
        { "settings", "AppHost/Program.cs", "\"Supervisor__NodeId\"", "\"Supervisor__Name\"" },
    };

    const string Compose = "docker-compose.yml";
    const string Hook = "deploy/k8s/base/hook.yaml";

    [Theory, MemberData(nameof(Names))]
    public void Holds(string rule) => Assert.Empty(All[rule](Tree));

    [Theory, MemberData(nameof(Planted))]
    public void Finds_what_is_planted(string rule, string path, string piece, string instead)
    {
        if (piece.Length > 0) Assert.Contains(piece, Tree.Files[path], StringComparison.Ordinal);
        var text = piece.Length > 0 ? Tree.Files[path].Replace(piece, instead, StringComparison.Ordinal) : instead;
        Assert.NotEmpty(All[rule](Tree.With(path, text)));
    }

    [Fact]
    public void A_metric_that_nothing_measures_is_found()
    {
        var tree = Tree.With("shared/ServiceDefaults/Telemetry/Planted.cs", "\"claudemanage.planted.time\"")
            .With("deploy/telemetry/planted.yaml", "expr: claudemanage_planted_time_seconds_bucket > claudemanage_planted_place");
        Assert.Equal(["deploy/telemetry/planted.yaml looks at claudemanage_planted_place, which nothing measures"],
            ParityRules.OnlyKnownMetrics(tree).Where(v => v.Contains("planted", StringComparison.Ordinal)));
    }
}
