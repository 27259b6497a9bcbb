using System.Collections.Concurrent;
using ClaudeManage.ServiceDefaults.Hosting;
using ClaudeManage.Tests.Servers;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace ClaudeManage.Unit.Surface;

/// <summary>What the log says of a request that failed.</summary>
public sealed class FailureLogTests
{
    [Fact]
    public async Task A_database_that_is_away_costs_a_line_a_request_and_no_stack()
    {
        var (status, line) = await FailAsync(new InvalidOperationException("likely transient", new NpgsqlException("Failed to connect to 127.0.0.1:1", new IOException("Connection refused"))));
        Assert.Equal(503, status);
        Assert.Equal(new Line(LogLevel.Warning, "POST /work-items: database-unavailable (Connection refused)", null), line);
    }

    [Fact]
    public async Task What_nobody_foresaw_is_told_with_its_stack()
    {
        var cause = new InvalidOperationException("a mistake of ours");
        var (status, line) = await FailAsync(cause);
        Assert.Equal(500, status);
        Assert.Equal(new Line(LogLevel.Error, "POST /work-items failed", cause), line);
    }

    static async Task<(int Status, Line Line)> FailAsync(Exception exception)
    {
        using var scratch = new ScratchDirectory();
        var builder = ServiceHost.CreateBuilder([], [], c => c.AddInMemoryCollection(new Dictionary<string, string?> { ["DataDirectory"] = scratch.Path }));
        using var lines = new Lines();
        builder.Logging.ClearProviders().AddProvider(lines);
        await using var app = builder.Build();
        var http = new DefaultHttpContext { RequestServices = app.Services, Request = { Method = "POST", Path = "/work-items" } };
        Assert.True(await app.Services.GetServices<IExceptionHandler>().Single().TryHandleAsync(http, exception, TestContext.Current.CancellationToken));
        return (http.Response.StatusCode, Assert.Single(lines.Written));
    }

    sealed record Line(LogLevel Level, string Text, Exception? Exception);

    sealed class Lines : ILoggerProvider, ILogger
    {
        public ConcurrentQueue<Line> Written { get; } = new();

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Warning;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (IsEnabled(logLevel)) Written.Enqueue(new Line(logLevel, formatter(state, exception), exception));
        }

        public void Dispose() { }
    }
}
