using ClaudeManage.Unit.Architecture;

namespace ClaudeManage.Unit.Deployment;

/// <summary>What deploy/k8s must say of every service there is.</summary>
static class KubernetesRules
{
    const string Base = "deploy/k8s/base/";
    static readonly string[] Workloads = ["Deployment", "StatefulSet"];

    /// <summary>Every process with its service and its disruption budget; every database with the job that migrates it.</summary>
    public static IEnumerable<string> EveryServiceIsThere(SourceTree tree)
    {
        var here = Documents(tree, Base).Select(d => (Kind: d["kind"].Text, Name: NameOf(d))).ToHashSet();
        foreach (var name in Suite.Processes(tree))
        {
            if (!Workloads.Any(kind => here.Contains((kind, name)))) yield return $"{Base} runs no {name}";
            foreach (var kind in new[] { "Service", "PodDisruptionBudget" })
                if (!here.Contains((kind, name))) yield return $"{Base} has no {kind} {name}";
            // Nodes are not replicas of one another: how many there are is no question of load.
            if (name != "supervisor" && !here.Contains(("HorizontalPodAutoscaler", name))) yield return $"{Base} has no HorizontalPodAutoscaler {name}";
        }
        foreach (var name in Suite.WithDatabase(tree))
            if (!here.Contains(("Job", name + "-migrate"))) yield return $"{Base} has no Job {name}-migrate";
        foreach (var (kind, name) in here.Where(d => Workloads.Contains(d.Kind) && !Suite.Processes(tree).Contains(d.Name))) yield return $"{Base} has a {kind} {name} that is nothing of the suite";
    }

    /// <summary>No rights, no writing, limits, and probes on what serves.</summary>
    public static IEnumerable<string> Confined(SourceTree tree)
    {
        foreach (var (name, kind, pod) in Pods(tree))
        {
            if (pod["securityContext", "runAsNonRoot"].Text != "true") yield return $"{name} may run as root";
            if (pod["securityContext", "seccompProfile", "type"].Text != "RuntimeDefault") yield return $"{name} may call everything (seccompProfile)";
            if (pod["automountServiceAccountToken"].Text != "false") yield return $"{name} is given a token for the cluster";
            foreach (var container in pod["containers"].Items)
            {
                var security = container["securityContext"];
                if (security["readOnlyRootFilesystem"].Text != "true") yield return $"{name} may write to its root";
                if (security["allowPrivilegeEscalation"].Text != "false") yield return $"{name} may gain privileges";
                if (!security["capabilities", "drop"].Texts.Contains("ALL")) yield return $"{name} keeps capabilities";
                if (!container["resources", "limits", "memory"].Exists || !container["resources", "requests", "cpu"].Exists) yield return $"{name} has no requests or no limit of memory";
                if (container["image"].Text != "claudemanage/" + name.Replace("-migrate", "", StringComparison.Ordinal)) yield return $"{name} runs the image {container["image"].Text}";
                if (container["args"].Texts is not [var verb] || verb != (kind == "Job" ? "migrate" : "run")) yield return $"{name} has the wrong verb";
                if (kind == "Job") continue;
                foreach (var (probe, path) in new[] { ("startupProbe", "/health/live"), ("livenessProbe", "/health/live"), ("readinessProbe", "/health/ready") })
                    if (container[probe, "httpGet", "path"].Text != path) yield return $"{name} has no {probe} at {path}";
            }
        }
    }

    /// <summary>Secrets by reference, each process its own.</summary>
    public static IEnumerable<string> OwnConnectionsOnly(SourceTree tree)
    {
        foreach (var document in Documents(tree, "deploy/k8s/"))
            if (document["kind"].Text == "Secret") yield return $"the secret {NameOf(document)} lies in the repository";
        foreach (var (name, _, pod) in Pods(tree))
        {
            var environment = Environment(pod).Select(e => (e["name"].Text, e["valueFrom", "secretKeyRef", "name"].Text)).ToList();
            foreach (var trouble in Suite.ConnectionTroubles(tree, name, environment)) yield return trouble;
            foreach (var (key, secret) in environment)
                if (key.StartsWith("ConnectionStrings__", StringComparison.Ordinal) && secret.Length == 0) yield return $"{name}: {key} is written out instead of referred to";
        }
    }

    /// <summary>Whose image has git gets out to repositories, with the keys for them.</summary>
    public static IEnumerable<string> WaysOut(SourceTree tree)
    {
        var policy = Documents(tree, Base).FirstOrDefault(d => d["kind"].Text == "NetworkPolicy" && NameOf(d) == "to-repositories");
        var allowed = policy["spec", "podSelector", "matchExpressions"].Items.SelectMany(e => e["values"].Texts).ToHashSet();
        foreach (var (name, kind, pod) in Pods(tree).Where(p => p.Kind != "Job"))
        {
            var works = Suite.WithGit(tree).Contains(name);
            if (allowed.Contains(name) != works) yield return $"{name} {(works ? "does not get" : "gets")} to repositories (to-repositories)";
            if (pod["containers"].Items.SelectMany(c => c["volumeMounts"].Items).Any(m => m["mountPath"].Text == Suite.Keys) != works) yield return $"{name} {(works ? "has no" : "has")} keys for git (volumeMounts)";
        }
    }

    /// <summary>Nobody speaks to anybody unless it is said.</summary>
    public static IEnumerable<string> ClosedNetwork(SourceTree tree)
    {
        var denies = Documents(tree, Base).Any(d => d["kind"].Text == "NetworkPolicy" && d["spec", "podSelector"] is { Exists: true } pods && !pods.Entries.Any()
            && d["spec", "policyTypes"].Texts.Count == 2 && !d["spec", "ingress"].Exists && !d["spec", "egress"].Exists);
        if (!denies) yield return $"{Base} has no NetworkPolicy that denies everything first";
    }

    /// <summary>Every kustomization finds what it names, and every file is named by one.</summary>
    public static IEnumerable<string> Kustomizations(SourceTree tree)
    {
        var used = new HashSet<string>();
        foreach (var (path, text) in tree.Files.Where(f => f.Key.StartsWith("deploy/", StringComparison.Ordinal) && f.Key.EndsWith("/kustomization.yaml", StringComparison.Ordinal)))
        {
            var folder = path[..path.LastIndexOf('/')];
            var root = Node.Parse(text)[0];
            foreach (var named in root["resources"].Texts.Concat(root["patches"].Items.Select(p => p["path"].Text)).Concat(root["configMapGenerator"].Items.SelectMany(g => g["files"].Texts)))
            {
                var target = Join(folder, named);
                used.Add(target);
                if (!tree.Files.ContainsKey(target) && !tree.Files.ContainsKey(target + "/kustomization.yaml")) yield return $"{path} names {named}, which is not there";
            }
            if (path != Base + "kustomization.yaml") continue;
            var images = root["images"].Items.Select(i => i["name"].Text).ToList();
            foreach (var name in Suite.Processes(tree).Where(n => !images.Contains("claudemanage/" + n))) yield return $"{path} gives the image claudemanage/{name} no tag";
        }
        foreach (var path in tree.Files.Keys.Where(f => f.StartsWith("deploy/k8s/", StringComparison.Ordinal) && f.EndsWith(".yaml", StringComparison.Ordinal) && !f.EndsWith("/kustomization.yaml", StringComparison.Ordinal)))
            if (!used.Contains(path)) yield return $"no kustomization uses {path}";
    }

    /// <summary>KEDA looks at queues that there are.</summary>
    public static IEnumerable<string> QueuesThatAreScaledBy(SourceTree tree)
    {
        var queues = tree.Files.Keys.Select(QueueOf).ToHashSet();
        return from document in Documents(tree, "deploy/k8s/overlays/keda/")
               from trigger in document["spec", "triggers"].Items
               let queue = trigger["metadata", "queueName"].Text
               where trigger["type"].Text == "rabbitmq" && (!queues.Contains(queue) || !queue.StartsWith(NameOf(document) + "-", StringComparison.Ordinal))
               select $"{NameOf(document)} is scaled by the queue {queue}, which it does not have";
    }

    /// <summary>Every environment key, by process.</summary>
    public static IEnumerable<(string Where, string Key)> Settings(SourceTree tree) =>
        Pods(tree).SelectMany(p => Environment(p.Pod).Select(e => ($"{Base}: {p.Name}", e["name"].Text)))
            .Concat(Documents(tree, Base).Where(d => d["kind"].Text == "ConfigMap").SelectMany(d => d["data"].Entries.Select(e => (Base + NameOf(d), e.Key))));

    static IEnumerable<Node> Documents(SourceTree tree, string under) => tree.Files
        .Where(f => f.Key.StartsWith(under, StringComparison.Ordinal) && f.Key.EndsWith(".yaml", StringComparison.Ordinal)).SelectMany(f => Node.Parse(f.Value));

    static IEnumerable<(string Name, string Kind, Node Pod)> Pods(SourceTree tree) =>
        from document in Documents(tree, Base)
        where document["spec", "template", "spec"].Exists
        select (NameOf(document), document["kind"].Text, document["spec", "template", "spec"]);

    static IEnumerable<Node> Environment(Node pod) => pod["containers"].Items.SelectMany(c => c["env"].Items);

    static string NameOf(Node document) => document["metadata", "name"].Text;

    // services/Work/Consumers/MergeFactsConsumer.cs → work-merge-facts, as EndpointNames makes it.
    static string QueueOf(string path) => path.Split('/') is ["services", var service, "Consumers", var file] && file.EndsWith("Consumer.cs", StringComparison.Ordinal)
        ? service.ToLowerInvariant() + string.Concat(file[..^"Consumer.cs".Length].Select(c => char.IsUpper(c) ? $"-{char.ToLowerInvariant(c)}" : $"{c}"))
        : "";

    static string Join(string folder, string relative)
    {
        var parts = folder.Split('/').ToList();
        foreach (var part in relative.Split('/'))
        {
            if (part == "..") parts.RemoveAt(parts.Count - 1);
            else parts.Add(part);
        }
        return string.Join('/', parts);
    }
}
