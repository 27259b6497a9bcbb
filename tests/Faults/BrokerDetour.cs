namespace ClaudeManage.Faults;

/// <summary>Sends some processes to the broker by way of a proxy that the test can close.</summary>
public static class BrokerDetour
{
    /// <summary>Services and the port of their proxy, e.g. <c>work=24555</c>; separated by commas.</summary>
    public const string Variable = "CM_TEST_BROKER_DETOUR";

    const string Setting = "ConnectionStrings__rabbitmq";

    internal static void Take()
    {
        if (Environment.GetEnvironmentVariable(Setting) is not { Length: > 0 } direct) return;
        var service = Path.GetFileNameWithoutExtension(Environment.GetCommandLineArgs()[0]).Split('.')[^1];
        foreach (var detour in (Environment.GetEnvironmentVariable(Variable) ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries).Select(d => d.Split('=')))
            if (detour[0].Equals(service, StringComparison.OrdinalIgnoreCase))
                Environment.SetEnvironmentVariable(Setting, new UriBuilder(direct) { Host = "127.0.0.1", Port = int.Parse(detour[1], System.Globalization.CultureInfo.InvariantCulture) }.Uri.ToString());
    }
}
