using System.Text.Json;
using ClaudeManage.Contracts.Workflow;
using ClaudeManage.Workflow.Domain.Cooking;
using ClaudeManage.Workflow.Domain.Expressions;
using ClaudeManage.Workflow.Domain.Formulas;

namespace ClaudeManage.WorkflowTests.Formulas;

/// <summary>The little languages inside formulas.</summary>
public sealed class ExpressionTests
{
    [Theory, InlineData("1..3", 1, 3), InlineData("1..2^{n}-1", 1, 7), InlineData("-2..(1+1)*2", -2, 4), InlineData("0..2^3^2", 0, 512), InlineData("{{n}}..7/2+1", 3, 4), InlineData("-2^2..0", -4, 0)]
    public void Ranges_are_evaluated(string text, int from, int to) => Assert.Equal((from, to), RangeExpression.Evaluate(text, name => name == "n" ? "3" : null));

    [Theory, InlineData(""), InlineData("3"), InlineData("1..x"), InlineData("1..{m}"), InlineData("1..(2"), InlineData("1..9^99"), InlineData("2..1"), InlineData("1..2 3")]
    public void What_is_no_range_is_refused(string text) => Assert.Throws<ExpressionException>(() => RangeExpression.Evaluate(text, _ => null));

    [Fact]
    public void Deep_nesting_is_refused_and_not_the_end_of_the_process() =>
        Assert.Throws<ExpressionException>(() => RangeExpression.Evaluate("1.." + new string('(', 100_000), _ => null));

    [Theory]
    [InlineData("{{a}}", true), InlineData("!{{a}}", false), InlineData("{{off}}", false), InlineData("{{no}}", false), InlineData("{{a}} == yes", true), InlineData("{{a}} == 'yes'", true), InlineData("{{a}} != no", true)]
    public void Conditions_hold_or_not(string text, bool expected) =>
        Assert.Equal(expected, StepCondition.Parse(text)!.Holds(name => name switch { "a" => "yes", "off" => "0", _ => null }));

    [Theory]
    [InlineData("a.status == 'complete'", true), InlineData("b.status == 'complete'", false), InlineData("a.output.n > 3", true), InlineData("a.output.n <= 3", false)]
    [InlineData("a.output.list.1 == 'y'", true), InlineData("a.output.nix == '1'", false), InlineData("a.output.nix != '1'", true), InlineData("children(g).all(status == 'complete')", false)]
    [InlineData("children(g).any(status == 'complete')", true), InlineData("children(g).count(status == 'complete') >= 1", true), InlineData("steps.complete >= 2", false), InlineData("g.x.status = 'failed'", true)]
    public void Run_time_conditions_hold_or_not(string text, bool expected) => Assert.Equal(expected, RunCondition.Parse(text)!.Holds(new Facts()));

    [Theory, InlineData("file.exists('x')"), InlineData("env.CI == 'true'")]
    public void What_belongs_to_a_sandbox_is_not_decided_here(string text) => Assert.Null(RunCondition.Parse(text)!.Holds(new Facts()));

    [Theory, InlineData("rm -rf /"), InlineData("a.status"), InlineData("children(g).count(status == 'done')"), InlineData("a.status.x == 'y'")]
    public void Nothing_else_is_evaluated(string text) => Assert.Null(RunCondition.Parse(text));

    [Fact]
    public void Values_are_checked_all_together()
    {
        var problems = new Problems();
        var vars = new Dictionary<string, VariableDefinition>
        {
            ["n"] = new(Type: "int"),
            ["must"] = new(Required: true),
            ["one"] = new(Enum: ["a", "b"]),
            ["p"] = new(Pattern: "^x+$"),
            ["d"] = new(Default: "1"),
            ["u"] = new(RequiredUnless: ["n"]),
        };
        Values.Resolve(vars, new Dictionary<string, string> { ["n"] = "x", ["one"] = "c", ["p"] = "y", ["mst"] = "1" }, _ => false, problems);
        Assert.Equal(
            ["vars.n: \"x\" is no whole number", "vars.one: \"c\" is not one of a, b", "vars.p: \"y\" does not match ^x+$", "vars.mst: the formula has no variable \"mst\", did you mean \"must\"?", "vars.must: is required"],
            problems.All.Select(p => p.ToString()));
    }

    [Fact]
    public void Outputs_are_put_into_texts() => Assert.Equal("at v1 of {{x}}",
        Placeholders.FillOutputs("at {{ steps.a.b.output.tag }} of {{x}}", (step, path) => (step, path) == ("a.b", "tag") ? "v1" : null));

    sealed class Facts : IRunFacts
    {
        public string? Status(string step) => step switch { "a" => "done", "b" => "running", "g.x" => "failed", _ => null };

        public JsonElement? Output(string step) => step == "a" ? JsonSerializer.Deserialize<JsonElement>("""{"n":5,"list":["x","y"]}""") : null;

        public IReadOnlyList<string> Children(string step) => step == "g" ? ["done", "running"] : ["done"];
    }
}
