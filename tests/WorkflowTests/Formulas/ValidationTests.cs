namespace ClaudeManage.WorkflowTests.Formulas;

/// <summary>All errors at once, each with its place.</summary>
public sealed class ValidationTests
{
    [Fact]
    public void All_errors_are_collected_with_their_places()
    {
        var errors = Oven.Errors("""
            version = 0
            [vars.n]
            type = "integral"
            [[steps]]
            id = "a"
            title = "A"
            priority = 7
            [[steps]]
            id = "a"
            title = "Again"
            [[steps]]
            id = "g"
            title = "G"
            [[steps.children]]
            id = "c"
            title = "C"
            needs = ["x"]
            [[steps]]
            id = "l"
            loop = { count = 0, body = [] }
            [[steps]]
            title = "No id"
            condition = "weather is fine"
            """);
        Assert.Equal(
        [
            "formula: name is required",
            "version: must be >= 1",
            "vars.n.type: \"integral\" is no type; there are string, int, bool",
            "steps[1]: duplicate id \"a\" (first defined at steps[0])",
            "steps[4]: id is required",
            "steps[0] (a): priority must be 0-4",
            "steps[2].children[0]: needs references unknown step \"x\"",
            "steps[3].loop: body is required",
            "steps[3].loop: count must be positive",
            "steps[4].condition: invalid step condition format: \"weather is fine\" (expected {{var}}, !{{var}} or {{var}} == value)",
        ], errors.Select(e => e.Replace(", did you mean \"a\"?", "").Replace(", did you mean \"c\"?", "")));
    }

    [Theory]
    [InlineData("""{"formula":"f","steps":[{"id":"a","title":"half \ud800 of it"}]}""", "steps[0].title: half of a surrogate pair is no character; write the character itself or both halves")]
    [InlineData("""{"formula":"f","steps":[{"id":"a","title":"\udc00\ud800"}]}""", "steps[0].title: half of a surrogate pair is no character; write the character itself or both halves")]
    [InlineData("""{"formula":"f","vars":{"\ud800":"x"},"steps":[{"id":"a","title":"A"}]}""", "vars: half of a surrogate pair is no character; write the character itself or both halves")]
    [InlineData("""{"formula":"f","steps":[{"id":"a","title":"A","labels":["one","t\u0000wo"]}]}""", "steps[0].labels[1]: a text holds no NUL character; leave it out")]
    [InlineData("formula = \"f\"\nsteps = [{ id = \"a\", title = \"n\\u0000l\" }]", "steps[0].title: a text holds no NUL character; leave it out")]
    public void A_text_that_nothing_can_keep_is_named_with_its_place(string text, string error) => Assert.Equal([error], Oven.Errors(text));

    [Theory]
    [InlineData('[', ']')]
    [InlineData('.', 'x')]
    public void A_source_without_end_is_refused_and_not_followed(char open, char close)
    {
        var text = open == '[' ? $"formula = \"f\"\nx = {new string('[', 100_000)}{new string(']', 100_000)}" : $"formula = \"f\"\n{string.Join('.', Enumerable.Repeat(close, 100_000))} = 1";
        Assert.NotEmpty(Oven.Errors(text));
        Assert.NotEmpty(Oven.Errors($$"""{"formula":"f","x":{{new string('[', 100_000)}}}"""));
    }

    [Fact]
    public void A_whole_surrogate_pair_is_a_character() =>
        Assert.Equal("🚀 go", Oven.Bake("""{"formula":"f","steps":[{"id":"a","title":"\ud83d\ude80 go"}]}""").Steps[0].Title);

    [Theory]
    [InlineData("runtime = \"claude\"", "steps[0].runtime: \"claude\" cannot be chosen by a step")]
    [InlineData("model = \"large\"", "steps[0].model: a step cannot choose a model")]
    [InlineData("cache_key = \"{{x}}\"", "steps[0].cache_key: the output of an earlier run is not used again")]
    [InlineData("gate = { type = \"conditional\", condition = \"file.exists('go.mod')\" }", "steps[0].gate.condition: \"file.exists('go.mod')\" looks into a step's sandbox")]
    [InlineData("gate = { type = \"conditional\", condition = \"env.CI == 'true'\" }", "steps[0].gate.condition: \"env.CI == 'true'\" looks into a step's sandbox")]
    [InlineData("run = \"make\", budget = 1", "steps[0].budget: a step with run is done by no agent and costs nothing")]
    [InlineData("children = [{ id = \"b\", title = \"B\" }], budget = 1", "steps[0].budget: only a step of its own has attempts")]
    [InlineData("loop = { count = 2, body = [{ id = \"b\", title = \"B\" }] }, budget = 1", "steps[0].budget: only a step of its own has attempts")]
    [InlineData("type = \"gate\", gate = { type = \"human\" }, budget = 1", "steps[0].budget: only a step of its own has attempts")]
    [InlineData("budget = 0", "steps[0].budget: must be more than nothing")]
    public void What_would_change_nothing_is_refused_and_not_kept(string field, string error) =>
        Assert.StartsWith(error, Assert.Single(Oven.Errors($"formula = \"f\"\nvars = {{ x = \"1\" }}\nsteps = [{{ id = \"a\", title = \"A\", {field} }}]")), StringComparison.Ordinal);

    [Fact]
    public void The_runtime_that_there_is_may_be_named() => Oven.Bake("formula = \"f\"\nsteps = [{ id = \"a\", title = \"A\", runtime = \"command\", parallel = true, budget = 2 }]");

    [Theory]
    [InlineData("formula = \"f\"\nsteps = [{ id = \"a\", title = \"{{x}}\" }]", "steps[0].title: undefined variable \"x\"")]
    [InlineData("formula = \"f\"\nsteps = [{ id = \"a\", title = \"A\", needs = [\"b\"] }, { id = \"b\", title = \"B\", needs = [\"a\"] }]", "steps[0]: these wait for each other for ever: a → b → a")]
    [InlineData("formula = \"f\"\nsteps = [{ id = \"a\", title = \"A\", description = \"{{steps.nix.output.y}}\" }]", "steps[0].description: the output of the unknown step \"nix\"")]
    [InlineData("formula = \"f\"\nextends = [\"nix\"]\nsteps = [{ id = \"a\", title = \"A\" }]", "extends[0]: there is no formula \"nix\"")]
    [InlineData("formula = \"f\"\nextends = [\"f\"]\nsteps = [{ id = \"a\", title = \"A\" }]", "extends[0]: circular extends: f -> f")]
    [InlineData("formula = \"f\"\nsteps = [{ id = \"a\", title = \"A\", expand = \"shiny\" }]", "steps[0].expand: \"shiny\" is of type workflow, and a formula of type expansion is needed here")]
    [InlineData("formula = \"f\"\nsteps = [{ id = \"l\", loop = { range = \"1..1/0\", body = [{ id = \"x\", title = \"X\" }] } }]", "steps[0].loop.range: division by zero")]
    [InlineData("formula = \"f\"\nsteps = [{ id = \"l\", loop = { range = \"3..1\", body = [{ id = \"x\", title = \"X\" }] } }]", "steps[0].loop.range: range end (1) is less than start (3)")]
    [InlineData("formula = \"f\"\nsteps = [{ id = \"l\", loop = { count = 10001, body = [{ id = \"x\", title = \"X\" }] } }]", "steps[0].loop: makes more than the limit of 10000 steps")]
    [InlineData("formula = \"f\"\nvars = { v = { pattern = \"(a)\\\\1\" } }\nsteps = [{ id = \"a\", title = \"A\" }]", "vars.v.pattern: \"(a)\\1\" cannot be used: look-around and back-references are not offered, since they can take for ever")]
    [InlineData("formula = \"f\"\nsteps = [{ id = \"a\", title = \"A\", gate = { type = \"tmer\" } }]", "steps[0].gate.type: \"tmer\" is no type of gate, did you mean \"timer\"?; there are timer, human, mail, event, http, command, conditional, gh:run, gh:pr")]
    [InlineData("formula = \"f\"\nsteps = [{ id = \"a\", title = \"A\", on_complete = { bond = \"shiny\" } }]", "steps[0].on_complete: for_each is required when bond is set")]
    [InlineData("formula = \"f\"\nsteps = [{ id = \"a\", title = \"A\", timeout = \"soon\" }]", "steps[0].timeout: expected a duration such as 30s, 5m, 1h30m or 2d, found \"soon\"")]
    [InlineData("formula = \"f\"\nsteps = [{ id = \"a\", title = \"A\" },\n  oops ]", "line 3, column 3: ")]
    [InlineData("formula = \"f\"\nformula = \"g\"", "line 2, column 1: \"formula\" is defined twice")]
    [InlineData("{\"formula\": \"f\",\n \"steps\": [ }", "line 2, column 13: ")]
    public void Mistakes_are_told(string text, string expected) => Assert.Contains(Oven.Errors(text), e => e.StartsWith(expected, StringComparison.Ordinal));

    [Fact]
    public void Unknown_keys_are_warnings_with_a_suggestion() => Assert.Equal(
        ["steps[0].tilte: unknown key \"tilte\", did you mean \"title\"?; it changes nothing"],
        Oven.Warnings("formula = \"f\"\nsteps = [{ id = \"a\", title = \"A\", tilte = \"B\" }]"));

    [Fact]
    public void A_problem_knows_its_line_and_column()
    {
        var problem = Oven.Try("formula = \"f\"\n[[steps]]\nid = \"a\"\ntitle = \"A\"\npriority = \"high\"\n").Problems.All.Single();
        Assert.Equal(("steps[0].priority", 5, 12), (problem.Place, problem.Line, problem.Column));
    }

    [Fact]
    public void An_expansion_that_expands_itself_ends() => Assert.Contains(
        Oven.Errors("formula = \"f\"\nsteps = [{ id = \"a\", title = \"A\", expand = \"self\" }]", "formula = \"self\"\ntemplate = [{ id = \"{target}.x\", title = \"X\", expand = \"self\" }]"),
        e => e.Contains("deeper than 5 levels", StringComparison.Ordinal));

    [Fact]
    public void Required_with_a_default_is_a_warning() => Assert.Contains("vars.target: required together with a default: the default serves", Oven.Warnings(Oven.Sample("mol-shutdown-dance")));
}
