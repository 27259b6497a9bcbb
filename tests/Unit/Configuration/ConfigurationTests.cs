using System.Text;
using System.Text.RegularExpressions;
using ClaudeManage.Tests.Hosting;
using ClaudeManage.Unit.Architecture;

namespace ClaudeManage.Unit.Configuration;

/// <summary>docs/configuration.md is what the sources say, and says everything that they read.</summary>
public sealed partial class ConfigurationTests
{
    static readonly SourceTree Tree = SourceTree.Load();
    static readonly ConfigurationCatalogue Catalogue = new(Tree);

    [Fact]
    public void The_page_is_up_to_date() => Approved.VerifyFile(Path.Combine(SourceTree.Root(), "docs", "configuration.md"), Page(Catalogue));

    [Fact]
    public void Every_setting_says_what_it_is_for() =>
        Assert.Empty(Catalogue.Sections.SelectMany(s => s.Settings).Where(s => s.Meaning.Length == 0).Select(s => s.Key));

    [Fact]
    public void Every_key_read_by_name_is_on_the_page() =>
        Assert.Empty(Catalogue.ReadByName().Where(r => !Catalogue.Knows(r.Key)).Select(r => $"{r.Path} reads {r.Key}"));

    [Fact]
    public void The_contract_of_names_is_on_the_page()
    {
        var decision = Tree.Files.Single(f => f.Key.StartsWith("docs/decisions/0006", StringComparison.Ordinal)).Value;
        var names = decision.Split('\n').Where(l => l.StartsWith("| `", StringComparison.Ordinal)).SelectMany(l => Name().Matches(l.Split('|')[1])).Select(m => m.Groups["name"].Value).ToList();
        Assert.True(names.Count >= 12, $"{names.Count} names in the decision's table");
        Assert.All(names, n => Assert.True(Catalogue.Knows(Placeholder().Replace(n, "x")), n));
    }

    [Fact]
    public void Sees_what_is_there_and_what_is_planted()
    {
        Assert.Contains("Hook", Catalogue.Sections.Select(s => s.Name));
        var workers = Catalogue.Sections.Single(s => s.Name == "Hook").Settings.Single(s => s.Key == "Hook:MaxWorkers");
        Assert.Equal(("0 to 100000", "`64`", "Agents the scheduler runs at once in the whole town."), (workers.Kind, workers.Default, workers.Meaning));
        var planted = new ConfigurationCatalogue(Tree.With("services/Hook/Planted.cs", """var x = builder.Configuration["Planted:Key"];"""));
        Assert.Contains(planted.ReadByName(), r => !planted.Knows(r.Key));
        Assert.False(Catalogue.Knows("Hook__MaxWorker"));
        Assert.True(Catalogue.Knows("ConnectionStrings__hook"));
    }

    static string Page(ConfigurationCatalogue catalogue)
    {
        var page = new StringBuilder();
        page.Append("""
            # Configuration

            Generated from the sources by `tests/Unit/Configuration`; to bring it up to date: `CM_APPROVE=1 ./test --quick --project Unit --filter Configuration`.

            A key is set, weakest first, in `appsettings.json` beside the program, as a variable of the environment (`Hook__MaxWorkers=8` for
            `Hook:MaxWorkers`; lists count from `:0`), or as an argument (`--Hook:MaxWorkers 8`). What is not valid stops the start, with the key's
            name. What belongs to one rig is in that rig's settings instead (`cm rig add --settings`).


            """);
        page.Append("## Where things are\n\n");
        Table(page, catalogue.Others);
        foreach (var section in catalogue.Sections)
        {
            page.Append('\n').Append("## ").Append(section.Name).Append("\n\n");
            if (NamesItself().Replace(section.Meaning, "").Trim() is { Length: > 0 } meaning) page.Append(meaning).Append("\n\n");
            Table(page, section.Settings);
        }
        return page.ToString();
    }

    static void Table(StringBuilder page, IEnumerable<Setting> settings)
    {
        page.Append("| key | value | default | |\n|---|---|---|---|\n");
        foreach (var s in settings) page.Append($"| `{s.Key}` | {s.Kind} | {s.Default} | {s.Meaning.Replace("|", "\\|", StringComparison.Ordinal)} |\n");
    }

    [GeneratedRegex("`(?<name>[A-Za-z_]+(:[^`]+)?)`")]
    private static partial Regex Name();

    [GeneratedRegex(@"(The s|S)ection `\w+`\.")]
    private static partial Regex NamesItself();

    [GeneratedRegex("<[^>]+>")]
    private static partial Regex Placeholder();
}
