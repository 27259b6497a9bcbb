using System.Diagnostics;
using ClaudeManage.Messaging;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;

namespace ClaudeManage.ServiceDefaults.Telemetry;

/// <summary>
/// A log line as a person reads it: <c>20:27:26 warn: ClaudeManage.Hook.Scheduler[0] What happened (sh-x7k2m shop/crew/ada 4bf92f…)</c>, at the end
/// the item, who caused it, and the trace while one is recorded.
/// </summary>
sealed class LineFormatter(TimeProvider clock) : ConsoleFormatter(FormatterName)
{
    public const string FormatterName = "line";

    public override void Write<TState>(in LogEntry<TState> entry, IExternalScopeProvider? scopeProvider, TextWriter textWriter)
    {
        textWriter.Write($"{clock.GetLocalNow():HH:mm:ss} {Level(entry.LogLevel)}: {entry.Category}[{entry.EventId.Id}] {OneLine(entry.Formatter(entry.State, entry.Exception))}");
        var (actor, item) = Context(scopeProvider);
        var trace = Activity.Current is { Recorded: true } span ? span.TraceId.ToString() : null;
        var about = string.Join(' ', new[] { item, actor, trace }.Where(x => x is not null));
        if (about.Length > 0) textWriter.Write($" ({about})");
        if (entry.Exception is not null) textWriter.Write(" " + OneLine(entry.Exception.ToString()));
        textWriter.WriteLine();
    }

    /// <summary>The innermost that says it.</summary>
    static (string? Actor, string? WorkItem) Context(IExternalScopeProvider? scopes)
    {
        var found = new Found();
        scopes?.ForEachScope(static (scope, found) =>
        {
            if (scope is not LogScope context) return;
            found.Actor = context.Actor ?? found.Actor;
            found.WorkItem = context.WorkItem ?? found.WorkItem;
        }, found);
        return (found.Actor, found.WorkItem);
    }

    static string OneLine(string text) => text.ReplaceLineEndings(" ");

    static string Level(LogLevel level) => level switch
    {
        LogLevel.Trace => "trce",
        LogLevel.Debug => "dbug",
        LogLevel.Information => "info",
        LogLevel.Warning => "warn",
        LogLevel.Error => "fail",
        _ => "crit",
    };

    sealed class Found
    {
        public string? Actor { get; set; }
        public string? WorkItem { get; set; }
    }
}

/// <summary>The console of every host.</summary>
public static class LineLogging
{
    /// <summary>One readable line per event, unless <c>Logging:Console:FormatterName</c> names another of .NET's formatters.</summary>
    public static void AddLines(this ILoggingBuilder logging)
    {
        logging.ClearProviders();
        logging.AddConsole().AddConsoleFormatter<LineFormatter, ConsoleFormatterOptions>();
        logging.Services.PostConfigure<ConsoleLoggerOptions>(o => o.FormatterName ??= LineFormatter.FormatterName);
    }
}
