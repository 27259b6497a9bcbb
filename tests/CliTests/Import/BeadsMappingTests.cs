using ClaudeManage.Cli.Import.Beads;
using ClaudeManage.Contracts.Work;
using ClaudeManage.Tests.Hosting;

namespace ClaudeManage.CliTests.Import;

public sealed class BeadsMappingTests
{
    static readonly RigSnapshot Rig = Samples.Rig("beads", "bd");

    static Mapped Map(params string[] issues) => Map(issues, [], []);

    static Mapped Map(string[] issues, string[] dependencies, string[] comments, string? rig = null, bool rename = false) =>
        BeadsMapping.Map(new BeadsData(Lines(issues), Lines([]), Lines(dependencies), Lines(comments), 0), [Rig], rig, rename);

    static IReadOnlyList<SourceLine> Lines(string[] lines) => BeadsFiles.Lines("x.jsonl", new StringReader(string.Join('\n', lines).Replace('\'', '"')));

    static ExportedItem One(string issue) => Map(issue).Lines.Select(l => l.Line.Item).OfType<ExportedItem>().Single();

    static ExportedItem Get(Mapped mapped, string id) => mapped.Lines.Select(l => l.Line.Item).OfType<ExportedItem>().Single(i => i.Id == id);

    static IEnumerable<string> Edges(Mapped mapped, string id) => Get(mapped, id).Dependencies!.Select(d => $"{d.Type} {d.TargetId}");

    static Dictionary<string, int> Losses(Mapped mapped) => mapped.Losses.Entries.ToDictionary(e => e.What, e => e.Count);

    [Fact]
    public void An_export_line_keeps_ids_times_state_type_and_relations()
    {
        var mapped = Map("{'_type':'issue','id':'bd-a.1','title':' T ','description':'d','design':'e','acceptance_criteria':'- [ ] one\\n- two','notes':'n','status':'closed','priority':0,'issue_type':'bug','created_at':'2026-04-18T16:19:12Z','created_by':'matt wilkie','updated_at':'2026-04-18T16:20:01.123456789+02:00','closed_at':'2026-04-19T00:00:00Z','close_reason':'Merged in abc','external_ref':'gh-9','estimated_minutes':30,'labels':['x','x',' y '],'comments':[{'id':1,'issue_id':'bd-a.1','author':'ada','text':'hi','created_at':'2026-04-18T17:00:00Z'}],'dependency_count':0}");
        var item = Get(mapped, "bd-a.1");
        Assert.Equal(("T", "d", "e", "n", WorkItemState.Closed, 0, WorkItemType.Bug, "gh-9", 30, "matt wilkie"),
            (item.Title, item.Description, item.Design, item.Notes, item.State, item.Priority, item.Type, item.ExternalRef, item.EstimateMinutes, item.CreatedBy));
        Assert.Equal((new DateTimeOffset(2026, 4, 18, 16, 19, 12, TimeSpan.Zero), new DateTimeOffset(2026, 4, 19, 0, 0, 0, TimeSpan.Zero)), (item.CreatedAt, item.CompletedAt));
        Assert.Equal((OutcomeKind.Merged, "Merged in abc", "matt wilkie"), (item.Outcome!.Kind, item.Outcome.Summary, item.Outcome.By));
        Assert.Equal(["one", "two"], item.Acceptance!.Select(a => a.Text));
        Assert.Equal(["x", "y"], item.Labels!);
        Assert.Equal("hi", mapped.Lines.Select(l => l.Line.Comment).OfType<Contracts.Http.Comment>().Single().Text);
        Assert.Empty(mapped.Losses.Entries);
    }

    [Fact]
    public void A_row_of_a_dump_gives_the_same_as_an_export_line()
    {
        var export = One("{'id':'bd-a','title':'T','status':'open','priority':1,'issue_type':'task','created_at':'2026-04-18T16:19:12Z','created_by':'m','updated_at':'2026-04-18T16:19:12Z'}");
        var dump = Map("{'id':'bd-a','title':'T','description':'','design':'','status':'open','priority':1,'issue_type':'task','assignee':null,'created_at':'2026-04-18 16:19:12','created_by':'m','updated_at':'2026-04-18 16:19:12','closed_at':null,'ephemeral':0,'pinned':0,'is_template':0,'compaction_level':0,'metadata':'{}','timeout':0,'sender':''}");
        Assert.Equivalent(export, Get(dump, "bd-a"), strict: true);
        Assert.Empty(dump.Losses.Entries);
    }

    [Theory]
    [InlineData("in_progress", false, null)]
    [InlineData("hooked", false, null)]
    [InlineData("blocked", true, "held:blocked")]
    [InlineData("deferred", true, "held:deferred")]
    [InlineData("staged_ready", true, "held:staged_ready")]
    [InlineData("pinned", true, "held:pinned")]
    public void What_is_neither_open_nor_closed_is_open_and_if_nobody_worked_on_it_put_off(string status, bool held, string? label)
    {
        var mapped = Map($"{{'id':'bd-a','title':'T','status':'{status}','assignee':'shop/polecats/nux'}}");
        var item = Get(mapped, "bd-a");
        Assert.Equal((WorkItemState.Open, held, null), (item.State, item.DeferUntil is not null, item.AssignedAgentId));
        Assert.Equal(label is null ? [] : [label], item.Labels!);
        Assert.Contains(mapped.Losses.Entries, l => l.What.StartsWith($"status {status}:", StringComparison.Ordinal));
    }

    [Fact]
    public void What_is_no_work_is_left_out_and_counted()
    {
        var mapped = Map("{'id':'bd-1','title':'m','issue_type':'message'}", "{'id':'bd-2','title':'a','issue_type':'agent'}", "{'id':'bd-3','title':'g','issue_type':'gate'}",
            "{'id':'bd-4','title':'x','status':'tombstone'}", "{'id':'bd-5','title':'t','is_template':1}", "{'_type':'memory','key':'k','value':'v'}",
            "{'id':'bd-6','title':'s','issue_type':'spike','metadata':{'a':1},'spec_id':'s'}", "{'id':'bd-7','title':'s','issue_type':'molecule'}");
        Assert.Equal((8, 2), (mapped.Read, mapped.Items));
        Assert.Equal((WorkItemType.Task, WorkItemType.Epic), (Get(mapped, "bd-6").Type, Get(mapped, "bd-7").Type));
        Assert.Equal(["type:spike"], Get(mapped, "bd-6").Labels!);
        var losses = Losses(mapped);
        foreach (var what in new[] { "type message: no work item, left out", "tombstone: deleted elsewhere, left out", "template: no work item, left out", "record memory: has no place here", "field metadata: has no place here", "field spec_id: has no place here" })
            Assert.Equal(1, losses[what]);
    }

    [Theory]
    [InlineData("Merged in abc123", OutcomeKind.Merged)]
    [InlineData("Fixed the failed login", OutcomeKind.Completed)]
    [InlineData(null, OutcomeKind.Completed)]
    [InlineData("failed: no idea", OutcomeKind.Failed)]
    [InlineData("Won't fix", OutcomeKind.Cancelled)]
    [InlineData("Duplicate of bd-2", OutcomeKind.Duplicate)]
    [InlineData("superseded by bd-2", OutcomeKind.Superseded)]
    public void The_end_is_read_from_the_reason(string? reason, OutcomeKind kind) => Assert.Equal(kind, BeadsWords.Outcome(reason));

    [Fact]
    public void Edges_keep_what_they_decide_and_the_rest_is_told()
    {
        var mapped = Map(
            ["{'id':'bd-e','title':'E','issue_type':'epic'}", "{'id':'bd-a','title':'A'}", "{'id':'bd-b','title':'B'}", "{'id':'bd-g','title':'G','issue_type':'gate','status':'open'}", "{'id':'bd-w','title':'W'}"],
            [
                "{'issue_id':'bd-a','depends_on_id':'bd-e','type':'parent-child'}", "{'issue_id':'bd-b','depends_on_id':'bd-e','type':'parent-child'}",
                "{'issue_id':'bd-b','depends_on_id':'bd-a','type':'conditional-blocks'}", "{'issue_id':'bd-b','depends_on_id':'bd-a','type':'blocks'}",
                "{'issue_id':'bd-e','depends_on_id':'bd-a','type':'blocks'}", "{'issue_id':'bd-b','depends_on_id':'bd-b','type':'blocks'}",
                "{'issue_id':'bd-a','depends_on_id':'external:x:y','type':'blocks'}", "{'issue_id':'bd-a','depends_on_id':'bd-b','type':'tracks'}",
                "{'issue_id':'bd-a','depends_on_id':'bd-g','type':'blocks'}", "{'issue_id':'bd-nobody','depends_on_id':'bd-a','type':'blocks'}",
                "{'issue_id':'bd-w','depends_on_id':'bd-e','type':'waits-for','metadata':{'gate':'all-children'}}",
            ], []);
        Assert.Equal(["Blocks bd-g", "Blocks external:x:y", "ParentChild bd-e", "Related bd-b"], Edges(mapped, "bd-a").Order());
        Assert.Equal(["Blocks bd-a", "ParentChild bd-e"], Edges(mapped, "bd-b").Order());
        Assert.Equal(["Related bd-a"], Edges(mapped, "bd-e"));
        Assert.Equal(["Blocks bd-a", "Blocks bd-b", "Related bd-e"], Edges(mapped, "bd-w").Order());
        Assert.Equal(["held:waits"], Get(mapped, "bd-a").Labels!);
        var losses = Losses(mapped);
        Assert.Equal(1, losses["dependency on itself: left out"]);
        Assert.Equal(1, losses["dependency of something that did not come along: left out"]);
        Assert.Equal(1, losses["dependency on something that is not in the data: kept, and never blocks"]);
        Assert.Equal(1, losses["dependency given more than once for a pair: the first that decides stays"]);
        Assert.Equal(1, losses["dependency type tracks: related here"]);
    }

    [Fact]
    public void Of_two_lines_with_one_id_the_newer_is_taken()
    {
        var mapped = Map("{'id':'bd-a','title':'new','updated_at':'2026-02-01T00:00:00Z'}", "{'id':'bd-a','title':'old','updated_at':'2026-01-01T00:00:00Z'}", "{'id':'bd-b','title':'b'}", "{'id':'bd-b','title':'b'}");
        Assert.Equal("new", Get(mapped, "bd-a").Title);
        Assert.Equal((1, 1), (Losses(mapped)["an id with two contents: the one changed last is taken"], Losses(mapped)["the same line more than once: taken once"]));
    }

    [Fact]
    public void Nothing_of_a_long_text_is_lost()
    {
        var (title, text) = (new string('t', 400), string.Concat(Enumerable.Repeat("aäü😀", 30_000)));
        var mapped = Map($"{{'id':'bd-a','title':'{title}','description':'{text}'}}");
        var item = Get(mapped, "bd-a");
        Assert.Equal(300, item.Title.Length);
        var whole = item.Description + string.Concat(mapped.Lines.Select(l => l.Line.Comment?.Text));
        Assert.Equal($"{title}\n\n{text}", whole);
        Assert.DoesNotContain('\uFFFD', System.Text.Encoding.UTF8.GetString(System.Text.Encoding.UTF8.GetBytes(item.Description!)));
    }

    [Fact]
    public void Ids_the_town_refuses_are_mapped_the_same_way_each_time()
    {
        string[] issues = ["{'id':'bd-main-idj','title':'a'}", "{'id':'bd-MAIN.x','title':'b','dependencies':[{'issue_id':'bd-MAIN.x','depends_on_id':'bd-main-idj','type':'blocks'}]}", $"{{'id':'bd-{new string('y', 40)}','title':'c'}}", "{'id':'bd-mainx','title':'d'}"];
        var (once, again) = (Map(issues), Map(issues));
        Assert.Equal(once.Lines.Select(l => l.Line.Item?.Id), again.Lines.Select(l => l.Line.Item?.Id));
        Assert.Equal(("bd-main-idj", "d"), (Get(once, "bd-mainidj").ExternalRef, Get(once, "bd-mainx").Title));
        var other = once.Lines.Select(l => l.Line.Item).OfType<ExportedItem>().Single(i => i.Title == "b");
        Assert.Equal("bd-mainidj", other.Dependencies!.Single().TargetId);
        Assert.All(once.Lines.Select(l => l.Line.Item).OfType<ExportedItem>(), i => Assert.True(Contracts.Identity.Ids.IsWorkItem(i.Id)));
    }
}
