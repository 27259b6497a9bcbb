using ClaudeManage.Contracts.Workflow;
using ClaudeManage.Workflow.Domain.Cooking;
using ClaudeManage.Workflow.Domain.Formulas;

namespace ClaudeManage.WorkflowTests.Formulas;

/// <summary>Each stage of cooking, and what is made of real files.</summary>
public sealed class CookTests
{
    [Theory, InlineData("shiny", 5), InlineData("shiny-enterprise", 9), InlineData("shiny-secure", 9), InlineData("mol-boot", 5), InlineData("mol-shutdown-dance", 3), InlineData("pr-review", 3),
     InlineData("rule-of-five", 5), InlineData("gt-security-audit", 0), InlineData("bd-release", 10)]
    public void Files_of_the_dialect_cook_unchanged(string name, int steps) => Assert.Equal(steps, Oven.Bake(Oven.Sample(name)).Steps.Count);

    [Theory, InlineData("work", 5), InlineData("tdd", 5), InlineData("code-review", 5), InlineData("release", 9), InlineData("conflict-resolve", 4), InlineData("plan", 5), InlineData("security-audit", 0)]
    public void The_built_in_formulas_cook(string name, int steps)
    {
        var (cooked, problems) = Oven.Try(BuiltIn.All[name]);
        Assert.DoesNotContain(problems.All, p => p.Severity == "error" || !p.Message.Contains("no steps of its own"));
        Assert.Equal(steps, cooked!.Steps.Count);
        Assert.Equal(name, cooked.Formula);
        Assert.NotNull(cooked.Description);
    }

    [Fact]
    public void Every_built_in_formula_has_its_test() => Assert.Equal(["code-review", "conflict-resolve", "plan", "release", "security-audit", "tdd", "work"], BuiltIn.All.Keys);

    [Fact]
    public void An_expansion_takes_the_place_of_its_target()
    {
        var cooked = Oven.Bake(Oven.Sample("shiny-enterprise"));
        Assert.Equal(["design"], cooked.Needs("implement.draft"));
        Assert.Equal(["implement.refine-4"], cooked.Needs("review"));
        Assert.Equal("Draft: Implement {{feature}}", cooked.Steps.Single(s => s.Id == "implement.draft").Title);
    }

    [Fact]
    public void Advice_goes_around_its_targets_and_whoever_needed_one_waits_for_its_after_step()
    {
        var cooked = Oven.Bake(Oven.Sample("shiny-secure"));
        Assert.Equal(["design"], cooked.Needs("implement-security-prescan"));
        Assert.Equal(["design", "implement-security-prescan"], cooked.Needs("implement"));
        Assert.Equal(["implement"], cooked.Needs("implement-security-postscan"));
        Assert.Equal(["implement-security-postscan"], cooked.Needs("review"));
    }

    [Fact]
    public void A_step_made_by_advice_is_not_advised_again()
    {
        const string aspect = """
            formula = "wrap"
            [[advice]]
            target = "*"
            before = [{ id = "{step.id}-pre", title = "pre" }]
            """;
        var cooked = Oven.Bake("""
            formula = "f"
            steps = [{ id = "a", title = "A" }]
            compose = { aspects = ["wrap"] }
            advice = [{ target = "*", after = [{ id = "{step.id}-post", title = "post" }] }]
            """, null, aspect);
        Assert.Equal(["a-pre", "a", "a-post"], cooked.Ids());
    }

    [Fact]
    public void A_loop_over_a_range_is_unrolled_and_linked_at_both_ends()
    {
        var cooked = Oven.Bake(Oven.Sample("bd-release"), new Dictionary<string, string> { ["hosts"] = "2" });
        Assert.Equal(["build"], cooked.Needs("deploy.iter1.copy"));
        Assert.Equal(["deploy.iter1.copy"], cooked.Needs("deploy.iter1.start"));
        Assert.Equal(["deploy.iter1.start"], cooked.Needs("deploy.iter2.copy"));
        Assert.Equal(["deploy.iter2.start"], cooked.Needs("wait"));
        Assert.Equal("Copy to host 2", cooked.Steps.Single(s => s.Id == "deploy.iter2.copy").Title);
    }

    [Fact]
    public void Loops_nest_and_their_ranges_use_outer_variables()
    {
        var cooked = Oven.Bake("""
            formula = "f"
            [[steps]]
            id = "outer"
            [steps.loop]
            range = "1..2"
            var = "i"
            [[steps.loop.body]]
            id = "inner"
            [steps.loop.body.loop]
            range = "1..2^{i}/2"
            var = "j"
            body = [{ id = "x", title = "{i}.{j}" }]
            """);
        Assert.Equal(["outer.iter1.inner.iter1.x", "outer.iter2.inner.iter1.x", "outer.iter2.inner.iter2.x"], cooked.Ids());
        Assert.Equal(["1.1", "2.1", "2.2"], cooked.Steps.Select(s => s.Title));
        Assert.Equal(["outer.iter1.inner.iter1.x"], cooked.Needs("outer.iter2.inner.iter1.x"));
    }

    [Fact]
    public void An_until_loop_holds_its_first_iteration_and_the_body_of_the_others()
    {
        var cooked = Oven.Bake("""
            formula = "f"
            [[steps]]
            id = "fix"
            title = "Fix it"
            loop = { until = "try.output.green == 'true'", max = 3, body = [{ id = "try", title = "Try {iteration}" }] }
            [[steps]]
            id = "after"
            title = "After"
            needs = ["fix"]
            """);
        Assert.Equal([StepKind.Loop, StepKind.Work, StepKind.Work], cooked.Steps.Select(s => s.Kind));
        Assert.Equal(("fix.iter1.try", "fix", "Try 1"), (cooked.Steps[1].Id, cooked.Steps[1].ParentId, cooked.Steps[1].Title));
        Assert.Equal((3, "try"), (cooked.Steps[0].Until!.Max, cooked.Steps[0].Until!.Body.Single().Id));
        Assert.Equal(["fix"], cooked.Needs("after"));
    }

    [Fact]
    public void Branch_gate_map_and_hooks_compose()
    {
        var cooked = Oven.Bake("""
            formula = "f"
            [[steps]]
            id = "start"
            title = "Start"
            [[steps]]
            id = "test-a"
            title = "A"
            [[steps]]
            id = "test-b"
            title = "B"
            labels = ["risky"]
            [[steps]]
            id = "join"
            title = "Join"
            [compose]
            branch = [{ from = "start", steps = ["test-a", "test-b"], join = "join" }]
            gate = [{ before = "join", condition = "start.status == 'complete'" }]
            map = [{ select = "test-*", with = "twice", vars = { who = "ada" } }]
            bond_points = [{ id = "end", after_step = "join" }]
            hooks = [{ trigger = "label:risky", attach = "extra", at = "end" }, { trigger = "label:none", attach = "extra", at = "end" }]
            """, null, """
            formula = "twice"
            template = [{ id = "{target}.1", title = "{who}: {target.title}" }, { id = "{target}.2", title = "Again", needs = ["{target}.1"] }]
            """, """
            formula = "extra"
            steps = [{ id = "look", title = "Look closely" }]
            """);
        Assert.Equal(["start", "test-a.1", "test-a.2", "test-b.1", "test-b.2", "join", "end.look"], cooked.Ids());
        Assert.Equal(["start"], cooked.Needs("test-b.1"));
        Assert.Equal(["test-a.2", "test-b.2"], cooked.Needs("join"));
        Assert.Equal("ada: A", cooked.Steps[1].Title);
        Assert.Equal("start.status == 'complete'", cooked.Steps.Single(s => s.Id == "join").Gates!.Single().Condition);
        Assert.Equal(["join"], cooked.Needs("end.look"));
    }

    [Fact]
    public void A_gate_of_a_group_is_a_step_that_its_children_wait_for()
    {
        var cooked = Oven.Bake("""
            formula = "f"
            [[steps]]
            id = "g"
            title = "G"
            gate = { type = "human" }
            children = [{ id = "a", title = "A" }, { id = "b", title = "B", needs = ["a"] }]
            """);
        Assert.Equal([("g", StepKind.Group), ("g.gate", StepKind.Gate), ("a", StepKind.Work), ("b", StepKind.Work)], cooked.Steps.Select(s => (s.Id, s.Kind)));
        Assert.Equal(["g.gate"], cooked.Needs("a"));
    }

    [Fact]
    public void Pouring_leaves_out_what_its_condition_refuses_and_keeps_the_order()
    {
        var cooked = Oven.Bake(Oven.Sample("bd-release"));
        var steps = Pouring.Steps(cooked.Steps, new Dictionary<string, string> { ["version"] = "1.2", ["channel"] = "beta" });
        Assert.DoesNotContain(steps, s => s.Id == "stable");
        Assert.Equal(["wait"], steps.Single(s => s.Id == "notify").Needs);
        Assert.Equal("Build 1.2", steps[0].Title);
        Assert.Contains(Pouring.Steps(cooked.Steps, new Dictionary<string, string> { ["channel"] = "stable" }), s => s.Id == "stable");
    }

    [Fact]
    public void A_convoy_formula_becomes_legs_and_a_synthesis()
    {
        var (cooked, problems) = Oven.Try(Oven.Sample("pr-review"));
        Assert.Equal(["correctness", "security"], cooked!.Needs("synthesis"));
        Assert.Contains("PR {{pr}}", cooked!.Steps[0].Description!);
        Assert.Contains("by Correctness (Logic)", cooked!.Steps[0].Description);
        Assert.Contains(problems.All, p => p.Message.Contains("{{if .pr}}"));
        Assert.Contains(problems.All, p => p.Place == "presets");
    }

    [Fact]
    public void The_same_formula_has_the_same_id_in_both_syntaxes_and_after_every_round_trip()
    {
        const string toml = "formula = \"f\"\r\n[[steps]]\r\nid = \"a\"\r\ntitle = \"A\"\r\nbudget = 0.50\r\nmetadata = { b = \"2\", a = 1 }\r\n";
        const string json = """{"steps":[{"metadata":{"a":"1","b":"2"},"budget":0.5,"title":"A","id":"a"}],"formula":"f"}""";
        var (one, two) = (Canonical.Write(Oven.Bake(toml)), Canonical.Write(Oven.Bake(json)));
        Assert.Equal(one, two);
        Assert.Equal(one, Canonical.Write(Canonical.Read(one)));
        Assert.Equal("sha256:f424aa7f", Canonical.IdOf(one)[..15]);
    }

    [Fact]
    public void What_a_fan_out_makes_is_cooked_with_the_step()
    {
        var cooked = Oven.Bake("""
            formula = "f"
            steps = [{ id = "find", title = "Find", on_complete = { for_each = "output.files", bond = "one", vars = { file = "{item.path}" } } },
              { id = "end", title = "End", needs = ["find"], waits_for = "all-children" }]
            """, null, """
            formula = "one"
            vars = { file = { required = true } }
            steps = [{ id = "fix", title = "Fix {{file}}" }]
            """);
        Assert.Equal("Fix {{file}}", cooked.Steps[0].FanOut!.Body.Single().Title);
        Assert.Equal(new ChildrenSpec("find"), cooked.Steps[1].WaitsFor);
    }

    [Theory, InlineData(1_025), InlineData(10_000)]
    public void A_long_chain_is_ordinary(int steps)
    {
        var text = "formula = \"hanoi\"\n" + string.Concat(Enumerable.Range(1, steps).Select(i => $"[[steps]]\nid = \"s{i}\"\ntitle = \"Move {i}\"\n{(i > 1 ? $"needs = [\"s{i - 1}\"]\n" : "")}"));
        var cooked = Oven.Bake(text);
        var graph = new CookedGraph(cooked.Steps);
        Assert.Equal(steps, cooked.Steps.Count);
        Assert.Equal(steps, graph.Waves().Count);
        Assert.Equal(steps, graph.CriticalPath().Count);
        Assert.Equal(steps, Canonical.Read(Canonical.Write(cooked)).Steps.Count);
    }
}
