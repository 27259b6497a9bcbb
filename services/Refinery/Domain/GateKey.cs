using System.Security.Cryptography;
using System.Text.Json;
using ClaudeManage.Contracts.Work;

namespace ClaudeManage.Refinery.Domain;

/// <summary>What makes two runs of a gate on the same tree the same run.</summary>
static class GateKey
{
    /// <summary>A hash of everything that decides the result: set-up, command, time allowed, environment. Not of retries or whether it is required.</summary>
    public static string Of(GateDefinition gate, IReadOnlyList<string>? setup) =>
        Convert.ToHexStringLower(SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(new
        {
            gate.Name,
            gate.Command,
            gate.TimeoutSeconds,
            Env = gate.Env?.OrderBy(e => e.Key, StringComparer.Ordinal).Select(e => new[] { e.Key, e.Value }),
            Setup = setup,
        })));
}
