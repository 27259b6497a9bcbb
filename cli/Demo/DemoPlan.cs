using ClaudeManage.Contracts.Http;

namespace ClaudeManage.Cli.Demo;

/// <summary>Who does what in the demo, and where it goes wrong.</summary>
static class DemoPlan
{
    /// <summary>The rigs, with their prefixes.</summary>
    public static readonly IReadOnlyList<(string Rig, string Prefix)> Rigs = [("shop", "sh"), ("pay", "pa")];

    /// <summary>The item that a worker outside the town takes and loses.</summary>
    public const string Late = "late";

    /// <summary>The item whose agent is killed.</summary>
    public const string Killed = "killed";

    /// <summary>The item whose first attempt breaks the gate.</summary>
    public const string Broken = "broken";

    /// <summary>The item that waits for a step of the workflow.</summary>
    public const string Receipt = "receipt";

    /// <summary>The two items that change the same line.</summary>
    public static readonly IReadOnlyList<string> Conflicting = ["title-a", "title-b"];

    /// <summary>An item of the rig that the workflow does not run in, waiting for one of the workflow's steps.</summary>
    public static CreateWorkItem ReceiptItem(string after) => Function("shop", Receipt, "Add receipt, once the first tip is in pay", "receipt", "+", 1, 2, 3, after: [after]);

    /// <summary>Fourteen items over both rigs; <c>#key</c> names another of the batch.</summary>
    public static IReadOnlyList<CreateWorkItem> Items() =>
    [
        Function("shop", Killed, "Add sum", "sum", "+", 2, 3, 5, recipe: "killed", priority: 0),
        Title("shop", "title-a", "friendly"),
        Title("shop", "title-b", "small"),
        Function("shop", "difference", "Add difference", "difference", "-", 7, 3, 4),
        Function("shop", "product", "Add product", "product", "*", 6, 7, 42, after: ["#difference"]),
        Function("shop", "quotient", "Add quotient", "quotient", "/", 84, 2, 42, after: ["#product"]),
        Function("shop", Late, "Add remainder", "remainder", "%", 17, 5, 2),
        Function("shop", "both", "Add bit-and", "both", "&", 6, 3, 2, after: ["#" + Killed]),
        Function("pay", Broken, "Add fee", "fee", "+", 100, 3, 103, recipe: "broken", priority: 1),
        Function("pay", "discount", "Add discount", "discount", "-", 100, 30, 70),
        Function("pay", "vat", "Add vat", "vat", "*", 20, 5, 100),
        Function("pay", "share", "Add share", "share", "/", 90, 3, 30, after: ["#vat"]),
        Function("pay", "rest", "Add rest", "rest", "%", 90, 7, 6, after: ["#share"]),
        Function("pay", "either", "Add either, once sum is in the shop", "either", "|", 4, 1, 5, after: ["#" + Killed]),
    ];

    static CreateWorkItem Function(
        string rig, string key, string title, string name, string op, int a, int b, int result, string recipe = "function", int priority = 2, string[]? after = null) =>
        new(rig, title, $"Write the function {name} in lib/ with its test in test/.\n\nrecipe: {recipe} {name} {op} {a} {b} 1 {result}", Key: key, Priority: priority, DependsOn: after);

    static CreateWorkItem Title(string rig, string key, string word) =>
        new(rig, $"Call it {word}", $"The first line of TITLE shall say that it is {word}.\n\nrecipe: title 2 {word} {(word == "small" ? "friendly" : "small")}", Key: key, Priority: 0);
}
