using System.Security.Cryptography;
using ClaudeManage.ServiceDefaults.Auth;
using Microsoft.IdentityModel.JsonWebTokens;

namespace ClaudeManage.Containers;

/// <summary>The script that makes the secrets of Compose, Kubernetes and the AppHost.</summary>
public sealed class MakeEnvTests
{
    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Passwords_differ_and_nobody_else_may_read_them()
    {
        await using var secrets = await Secrets.MakeAsync(Ct);
        var passwords = secrets.Environment.Where(e => e.Key.EndsWith("_PASSWORD", StringComparison.Ordinal)).ToList();
        Assert.Equal(9, passwords.Count);
        Assert.Equal(9, passwords.Select(p => p.Value).Distinct().Count());
        Assert.All(passwords, p => Assert.Matches("^[0-9a-f]{48}$", p.Value));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path.Combine(secrets.Directory, ".env")));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(Path.Combine(secrets.Directory, "deploy", "secrets")));
    }

    [Fact]
    public async Task Nothing_that_exists_is_overwritten()
    {
        await using var secrets = await Secrets.MakeAsync(Ct);
        var (before, key) = (secrets.Environment, await File.ReadAllTextAsync(secrets.File("town.key"), Ct));
        var refusal = await Assert.ThrowsAsync<InvalidOperationException>(() => secrets.MakeEnvAsync(Ct));
        Assert.Contains("is not overwritten", refusal.Message, StringComparison.Ordinal);
        File.Delete(Path.Combine(secrets.Directory, ".env"));
        await Assert.ThrowsAsync<InvalidOperationException>(() => secrets.MakeEnvAsync(Ct));
        Assert.Equal((9, key), (before.Count(e => e.Key.EndsWith("_PASSWORD", StringComparison.Ordinal)), await File.ReadAllTextAsync(secrets.File("town.key"), Ct)));
    }

    // Many keys and signatures: a number that begins with zeros is written shorter by openssl.
    [Fact]
    public async Task Tokens_are_what_the_town_would_have_signed()
    {
        await using var secrets = await Secrets.MakeAsync(Ct);
        using var key = TownKey.LoadOrCreate(secrets.File("town.key"));
        for (var i = 0; i < 12; i++)
        {
            foreach (var (file, subject, role) in new[] { ("supervisor.token", "system/supervisor", Roles.Supervisor), ("overseer.token", "overseer", Roles.Overseer) })
            {
                var result = await new JsonWebTokenHandler().ValidateTokenAsync((await File.ReadAllTextAsync(secrets.File(file), Ct)).Trim(), TokenIssuer.Validation(key, TimeProvider.System));
                Assert.True(result.IsValid, result.Exception?.Message);
                Assert.Equal((subject, role), ((string)result.Claims["sub"], (string)result.Claims["role"]));
                Assert.Equal(key.Security.KeyId, ((JsonWebToken)result.SecurityToken).Kid);
            }
            await secrets.MakeEnvAsync(Ct, "--tokens");
        }
    }

    [Fact]
    public async Task The_public_half_belongs_to_the_private_one()
    {
        await using var secrets = await Secrets.MakeAsync(Ct);
        using var whole = ECDsa.Create();
        using var half = ECDsa.Create();
        whole.ImportFromPem(await File.ReadAllTextAsync(secrets.File("town.key"), Ct));
        half.ImportFromPem(await File.ReadAllTextAsync(secrets.File("town.pub"), Ct));
        Assert.Equal(whole.ExportSubjectPublicKeyInfoPem(), half.ExportSubjectPublicKeyInfoPem());
    }

    [Fact]
    public async Task Kubernetes_is_given_the_same()
    {
        await using var secrets = await Secrets.MakeAsync(Ct);
        Task<string> PrintAsync() => Secrets.RunAsync(Ct, Path.Combine(Secrets.Root, "deploy", "k8s", "make-secrets"), "--dir", secrets.Directory, "--postgres", "db", "--rabbitmq", "mq");
        Assert.DoesNotContain("claudemanage-ssh", await PrintAsync(), StringComparison.Ordinal);
        await File.WriteAllTextAsync(secrets.File(Path.Combine("ssh", "known_hosts")), "example.org ssh-ed25519 AAAA", Ct);
        var printed = await PrintAsync();
        Assert.Contains("metadata: { name: claudemanage-ssh, namespace: claudemanage }", printed, StringComparison.Ordinal);
        string Encoded(string text) => Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes(text));
        var password = secrets.Environment["HOOK_PASSWORD"];
        Assert.Contains("metadata: { name: claudemanage-hook, namespace: claudemanage }", printed, StringComparison.Ordinal);
        Assert.Contains("  password: " + Encoded(password), printed, StringComparison.Ordinal);
        Assert.Contains("  broker: " + Encoded($"amqp://claudemanage_hook:{password}@mq:5672/claudemanage"), printed, StringComparison.Ordinal);
        Assert.Contains("  database: " + Encoded($"Host=db;Database=claudemanage_hook;Username=claudemanage_hook;Password={password};Maximum Pool Size=20"), printed, StringComparison.Ordinal);
        Assert.Contains("  known_hosts: " + Encoded("example.org ssh-ed25519 AAAA"), printed, StringComparison.Ordinal);
        Assert.Contains("  town.key: " + Encoded(await File.ReadAllTextAsync(secrets.File("town.key"), Ct)), printed, StringComparison.Ordinal);
    }
}
