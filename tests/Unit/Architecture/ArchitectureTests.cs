namespace ClaudeManage.Unit.Architecture;

/// <summary>Every rule holds on the tree as it is, and finds a violation planted in it.</summary>
public sealed class ArchitectureTests
{
    static readonly SourceTree Tree = SourceTree.Load();

    static readonly Dictionary<string, Func<SourceTree, IEnumerable<string>>> All = new()
    {
        ["references"] = Rules.References,
        ["pure domain"] = Rules.PureDomain,
        ["sizes"] = Rules.Sizes,
        ["every service in Town"] = Rules.EveryServiceInTown,
        ["MassTransit in its rooms"] = Rules.MassTransitStaysInItsRooms,
        ["no stubs"] = Rules.NoStubs,
        ["no sleeping tests"] = Rules.NoSleepingTests,
        ["every project in the solution"] = Rules.EveryProjectInTheSolution,
        ["every refusal in the docs"] = Rules.EveryRefusalInTheDocs,
        ["every metric in the docs"] = Rules.EveryMetricInTheDocs,
    };

    public static TheoryData<string> Names => [.. All.Keys];

    public static TheoryData<string, string, string> Planted => new()
    {
        { "references", "services/Hook/Hook.csproj", "<Project><ItemGroup><ProjectReference Include=\"../Work/Work.csproj\" /></ItemGroup></Project>" },
        { "references", "shared/Contracts/Contracts.csproj", "<Project><ItemGroup><ProjectReference Include=\"../Client/Client.csproj\" /></ItemGroup></Project>" },
        { "references", "shared/Client/Client.csproj", "<Project><ItemGroup><ProjectReference Include=\"../../services/Work/Work.csproj\" /></ItemGroup></Project>" },
        { "references", "services/Work/Work.csproj", "<Project><ItemGroup><ProjectReference Include=\"../Town/Town.csproj\" /></ItemGroup></Project>" },
        { "references", "services/Gateway/Gateway.csproj", "<Project><ItemGroup><ProjectReference Include=\"../Work/Work.csproj\" /></ItemGroup></Project>" },
        { "references", "shared/Client/Client.csproj", "<Project><ItemGroup><ProjectReference Include=\"../../services/Gateway/Gateway.csproj\" /></ItemGroup></Project>" },
        { "pure domain", "services/Hook/Domain/Planted.cs", "using Microsoft.EntityFrameworkCore;" },
        { "sizes", "services/Hook/Planted.cs", new string('\n', Rules.MaxLines + 1) },
        { "every service in Town", "services/Planted/Planted.csproj", "<Project />" },
        { "MassTransit in its rooms", "services/Hook/Features/Planted.cs", "using MassTransit;" },
        { "no stubs", "services/Hook/Features/Planted.cs", "throw new NotImplementedException();" },
        { "no sleeping tests", "tests/HookTests/Planted.cs", "await Task.Delay(5);" },
        { "every refusal in the docs", "services/Hook/Features/Planted.cs", "throw Refusal.Conflict(\"never-heard-of\", \"No.\").AsException();" },
        { "every refusal in the docs", "shared/Planted.cs", "throw new Refusal(403, \"never-heard-of\", \"No.\").AsException();" },
        { "every metric in the docs", "services/Hook/Planted.cs", "TownMeter.Counter(\"claudemanage.planted\", \"\")" },
        { "every metric in the docs", "docs/telemetry.md", "| `claudemanage.planted` |" },
        { "every project in the solution", "services/Planted/Planted.csproj", "<Project />" },
    };

    [Theory, MemberData(nameof(Names))]
    public void Holds(string rule) => Assert.Empty(All[rule](Tree));

    [Theory, MemberData(nameof(Planted))]
    public void Finds_what_is_planted(string rule, string path, string text) => Assert.NotEmpty(All[rule](Tree.With(path, text)));

    [Fact]
    public void Looks_at_a_real_tree() => Assert.True(Tree.Files.Count > 200 && Tree.Services.Count >= 8, $"{Tree.Files.Count} files, {Tree.Services.Count} services");
}
