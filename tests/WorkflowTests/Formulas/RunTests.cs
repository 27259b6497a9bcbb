using System.Diagnostics;
using ClaudeManage.Workflow.Domain.Cooking;
using ClaudeManage.Workflow.Domain.Expressions;

namespace ClaudeManage.WorkflowTests.Formulas;

/// <summary>The key <c>run</c>: what it may say, and that no value is ever read as shell.</summary>
public sealed class RunTests
{
    const string Hostile = "a b; echo pwned >&2 $(echo pwned) `echo pwned` \"' $HOME";

    [Theory]
    [InlineData("run = \"make test\"", new[] { "sh", "-c", "make test", "run" })]
    [InlineData("run = [\"make\", \"test\"]", new[] { "make", "test" })]
    public void A_line_is_for_a_shell_and_an_array_is_run_as_it_is(string run, string[] command) => Assert.Equal(command, Baked(run));

    [Theory]
    [InlineData("run = \"\"", "steps[0].run: names no program")]
    [InlineData("run = [\"\", \"x\"]", "steps[0].run: names no program")]
    [InlineData("run = [\"{{x}}\"]", "steps[0].run: the program is the formula's own and no variable")]
    [InlineData("run = \"echo ${{x}}\"", "steps[0].run: a variable stands in a script without a $ before it")]
    [InlineData("run = \"make\", assignee = \"shop/crew/ada\"", "steps[0].assignee: a step with run is run by a supervisor")]
    [InlineData("run = \"make\", interactive = true", "steps[0].interactive: a step with run is run by a supervisor")]
    [InlineData("run = \"make\", agent = \"ada\"", "steps[0].agent: a step with run is run by a supervisor")]
    [InlineData("run = \"make\", type = \"gate\", gate = { type = \"human\" }", "steps[0].run: only a step of its own is run")]
    [InlineData("run = \"make\", children = [{ id = \"b\", title = \"B\" }]", "steps[0].run: only a step of its own is run")]
    [InlineData("run = \"make\", loop = { count = 2, body = [{ id = \"b\", title = \"B\" }] }", "steps[0].run: only a step of its own is run")]
    public void What_cannot_be_run_is_refused(string field, string error) =>
        Assert.Contains(Oven.Errors($"formula = \"f\"\nvars = {{ x = \"1\" }}\nsteps = [{{ id = \"a\", title = \"A\", {field} }}]"), e => e.StartsWith(error, StringComparison.Ordinal));

    [Theory]
    [InlineData("printf %s \"{{x}}\"")]
    [InlineData("cat <<END\n{{x}}\nEND")]
    [InlineData("if true; then printf '%s' \"{{ x }}\"; fi")]
    public void A_value_in_a_script_is_its_parameter_and_never_shell(string line)
    {
        var (code, output, error) = Run(Poured($"run = '''{line}'''", Hostile));
        Assert.Equal((0, Hostile, ""), (code, output.Trim('\n'), error));
    }

    [Fact]
    public void A_value_in_an_array_is_one_argument()
    {
        Assert.Equal(["printf", "%s|", Hostile, "two"], Poured("run = [\"printf\", \"%s|\", \"{{x}}\", \"two\"]", Hostile));
        // Also where the author wrote the shell himself, beside parameters of his own.
        var (_, output, error) = Run(Poured("run = [\"/bin/sh\", \"-ec\", 'printf \"%s|\" \"$1\" \"{{x}}\"', \"me\", \"one\"]", Hostile));
        Assert.Equal(($"one|{Hostile}|", ""), (output, error));
    }

    [Fact]
    public void Whatever_puts_values_in_one_after_the_other_pastes_none_into_the_script()
    {
        var run = RunCommand.OfLine("echo {item} {{x}} {{steps.a.output.y}} ${HOME} ${item} '{print}' {item}");
        run = RunCommand.Map(run, t => Placeholders.FillSingle(t, n => n == "item" ? "one $(pwned)" : null)!);
        run = RunCommand.Map(run, t => Placeholders.Fill(t, n => n == "x" ? "two" : null)!);
        run = RunCommand.Map(run, t => Placeholders.FillOutputs(t, (_, _) => "three")!);
        Assert.Equal(["sh", "-c", "echo ${1} ${3} ${4} ${HOME} ${item} '{print}' ${2}", "run", "one $(pwned)", "one $(pwned)", "two", "three"], run);
    }

    [Fact]
    public void What_no_system_takes_is_refused_before_it_is_run()
    {
        Assert.Null(RunCommand.Refuse(["make", "test"]));
        Assert.Contains("NUL", RunCommand.Refuse(["echo", "a\0b"]));
        Assert.Contains($"at most {RunCommand.MaxBytes}", RunCommand.Refuse(["echo", new string('x', RunCommand.MaxBytes)]));
    }

    static IReadOnlyList<string> Baked(string run) => Oven.Bake($"formula = \"f\"\nsteps = [{{ id = \"a\", title = \"A\", {run} }}]").Steps[0].Run!;

    static IReadOnlyList<string> Poured(string run, string x) =>
        Pouring.Steps(Oven.Bake($"formula = \"f\"\nvars = {{ x = \"\" }}\n[[steps]]\nid = \"a\"\ntitle = \"A\"\n{run}\n").Steps, new Dictionary<string, string> { ["x"] = x })[0].Run!;

    static (int Code, string Output, string Error) Run(IReadOnlyList<string> command)
    {
        using var process = Process.Start(new ProcessStartInfo(command[0], command.Skip(1)) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var error = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output, error.GetAwaiter().GetResult());
    }
}
