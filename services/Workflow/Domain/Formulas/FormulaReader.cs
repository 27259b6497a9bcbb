using ClaudeManage.Contracts.Workflow;

namespace ClaudeManage.Workflow.Domain.Formulas;

/// <summary>Reads a formula's text, TOML or JSON, into the one model.</summary>
static class FormulaReader
{
    /// <summary>Longest source.</summary>
    public const int MaxLength = 4 * 1024 * 1024;

    static readonly string[] Types = ["workflow", "expansion", "aspect", "convoy"];

    /// <summary>The formula, or null when the text cannot be read; what is wrong with it is in <paramref name="problems"/>.</summary>
    /// <param name="source">Goes before the places of a formula that another one names, such as <c>base/</c>.</param>
    public static Formula? Read(string text, Problems problems, string source = "")
    {
        if (text.Length > MaxLength)
        {
            problems.Error("", $"a formula is at most {MaxLength / 1024} KiB long, and this one has {text.Length / 1024}");
            return null;
        }
        text = text.Replace("\r\n", "\n", StringComparison.Ordinal);      // the same formula, whoever checked it out
        var root = text.AsSpan().TrimStart() is ['{', ..] ? JsonSource.Read(text, problems) : TomlSource.Read(text, problems);
        return root is null || !TextCheck.Holds(root, problems) ? null : Read(new TableReader(root, "", problems), problems, source);
    }

    static Formula Read(TableReader t, Problems problems, string source)
    {
        var steps = new StepReader(problems, source);
        var formula = new Formula
        {
            Name = t.Text("formula") ?? "",
            Description = t.Text("description"),
            Version = t.Integer("version") ?? 1,
            Extends = t.Texts("extends"),
            Vars = Vars(t, problems),
            Steps = steps.Read(t.Tables("steps")),
            Template = steps.Read(t.Tables("template")),
            Compose = t.Table("compose") is { } compose ? Compose(compose, source) : new(),
            Advice = [.. t.Tables("advice").Select(a => Advice(a, steps, source))],
            Pointcuts = [.. t.Tables("pointcuts").Select(p => Pointcut(p, source))],
            Prompts = t.Map("prompts"),
            Legs = [.. t.Tables("legs").Select(l => Leg(l, source))],
            Synthesis = t.Table("synthesis") is { } synthesis ? Synthesis(synthesis, source) : null,
            Output = t.Table("output") is { } output ? Output(output) : null,
            AspectIds = [.. t.Tables("aspects").Select(Aspect)],
            Phase = t.Text("phase"),
            Pour = t.Flag("pour"),
            Agent = t.Text("agent"),
            ReviewOnly = t.Flag("review_only"),
        };
        foreach (var noted in (string[])["squash", "presets"])
            if (t.Raw(noted) is { } node) problems.Warning(source + noted, $"\"{noted}\" is kept in the source and changes nothing here", node);
        formula = formula with { Type = Type(t, formula, problems) };
        t.Done();
        return formula;
    }

    static FormulaType Type(TableReader t, Formula f, Problems problems)
    {
        if (t.Text("type") is { } type)
        {
            if (Array.IndexOf(Types, type) is >= 0 and var index) return (FormulaType)index;
            problems.Error("type", $"\"{type}\" is no type of formula{Similar.Suggest(type, Types)}; there are {string.Join(", ", Types)}", t.Node["type"]);
        }
        return f.Legs.Count > 0 ? FormulaType.Convoy
            : f.Template.Count > 0 ? FormulaType.Expansion
            : (f.Advice.Count > 0 || f.AspectIds.Count > 0) && f.Steps.Count == 0 && f.Extends.Count == 0 ? FormulaType.Aspect
            : FormulaType.Workflow;
    }

    static SortedDictionary<string, VariableDefinition> Vars(TableReader t, Problems problems)
    {
        var all = new SortedDictionary<string, VariableDefinition>(StringComparer.Ordinal);
        foreach (var section in (string[])["vars", "inputs"])
        {
            if (t.Table(section) is not { } vars) continue;
            foreach (var (name, node) in vars.Node.Entries)
            {
                if (node is TableNode && vars.Table(name) is { } v)
                {
                    var (one, required) = (v.Texts("enum"), v.Texts("required_unless"));
                    all[name] = new VariableDefinition(
                        v.Text("description"), v.Flag("required"), v.Text("default"), one.Count == 0 ? null : one, v.Text("pattern"),
                        (v.Text("type") ?? "string") switch { "boolean" => "bool", "number" or "integer" => "int", var type => type },
                        required.Count == 0 ? null : required);
                    v.Done();
                }
                else if (vars.Text(name) is { } value)
                {
                    all[name] = new VariableDefinition(Default: value);
                }
            }
            vars.Done();
        }
        return all;
    }

    static Compose Compose(TableReader t, string source)
    {
        var compose = new Compose
        {
            Expand = [.. t.Tables("expand").Select(e => Rule(e, "target", source))],
            Map = [.. t.Tables("map").Select(m => Rule(m, "select", source))],
            Branch = [.. t.Tables("branch").Select(b => Close(b, new BranchRule(b.Text("from") ?? "", b.Texts("steps"), b.Text("join") ?? "", source + b.Place)))],
            Gate = [.. t.Tables("gate").Select(g => Close(g, new GateRule(g.Text("before") ?? "", g.Text("condition") ?? "", source + g.Place)))],
            Aspects = t.Texts("aspects"),
            Hooks = [.. t.Tables("hooks").Select(h => Close(h, new HookRule(h.Text("trigger") ?? "", h.Text("attach") ?? "", h.Text("at") ?? "", h.Map("vars"), source + h.Place)))],
            BondPoints = [.. t.Tables("bond_points").Select(b => Close(b,
                (new BondPoint(b.Text("id") ?? "", b.Text("description"), b.Text("after_step"), b.Text("before_step"), b.Flag("parallel")), source + b.Place)))],
        };
        t.Done();
        return compose;
    }

    static ExpandRule Rule(TableReader t, string target, string source) =>
        Close(t, new ExpandRule(t.Text(target) ?? "", t.Text("with") ?? "", t.Map("vars"), source + t.Place));

    static Advice Advice(TableReader t, StepReader steps, string source)
    {
        var (before, after) = (steps.Read(t.Tables("before")), steps.Read(t.Tables("after")));
        if (t.Table("around") is { } around)
        {
            (before, after) = ([.. before, .. steps.Read(around.Tables("before"))], [.. after, .. steps.Read(around.Tables("after"))]);
            around.Done();
        }
        return Close(t, new Advice(t.Text("target") ?? "", before, after, source + t.Place));
    }

    static Pointcut Pointcut(TableReader t, string source) => Close(t, new Pointcut(t.Text("glob"), t.Text("type"), t.Text("label"), source + t.Place));

    static Leg Leg(TableReader t, string source) => Close(t,
        new Leg(t.Text("id") ?? "", t.Text("title"), t.Text("focus"), t.Text("description"), t.Text("agent"), t.Flag("review_only"), source + t.Place));

    static Synthesis Synthesis(TableReader t, string source) => Close(t,
        new Synthesis(t.Text("title"), t.Text("description"), [.. t.Texts("depends_on").Concat(t.Texts("needs")).Distinct()], source + t.Place));

    static OutputPlan Output(TableReader t) => Close(t, new OutputPlan(t.Text("directory"), t.Text("leg_pattern"), t.Text("synthesis")));

    static string Aspect(TableReader t)
    {
        foreach (var key in (string[])["title", "focus", "description"]) t.Text(key);
        return Close(t, t.Text("id") ?? "");
    }

    static T Close<T>(TableReader t, T value)
    {
        t.Done();
        return value;
    }
}
