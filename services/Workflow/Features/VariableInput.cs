using ClaudeManage.ServiceDefaults.Edge;

namespace ClaudeManage.Workflow.Features;

/// <summary>What is asked of the values that a caller gives to a formula's variables.</summary>
static class VariableInput
{
    const int MaxVars = 200, MaxLength = 65_536;

    /// <summary>Notes too many, too long ones, and texts that cannot be kept.</summary>
    public static Validation Vars(this Validation v, IReadOnlyDictionary<string, string>? vars)
    {
        v.Check(vars is null or { Count: <= MaxVars }, "/vars", $"At most {MaxVars} variables.");
        foreach (var (name, value) in vars ?? new Dictionary<string, string>())
            v.Check(value is not null, $"/vars/{name}", "A variable's value is a text; leave the variable out to have its default.")
                .MaxLength(value, MaxLength, $"/vars/{name}")
                .NoNul(name, "/vars");
        return v;
    }
}
