using System.Text;
using System.Text.Json;
using ClaudeManage.Contracts.Supervisor;
using ClaudeManage.ServiceDefaults.Auth;
using ClaudeManage.ServiceDefaults.Edge;
using ClaudeManage.ServiceDefaults.Hosting;
using ClaudeManage.Supervisor.Data;
using ClaudeManage.Supervisor.Running;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace ClaudeManage.Supervisor.Features;

/// <summary>
/// <c>GET /sessions/{id}/output?offset=</c>: what the agent printed, from a byte offset on. As text up to now, or, asked
/// for as <c>text/event-stream</c>, live to its end; each event's id is the offset to resume from.
/// </summary>
static class ReadOutput
{
    const int Piece = 64 * 1024;
    static readonly TimeSpan KeepAlive = TimeSpan.FromSeconds(15);

    public static void Map(IEndpointRouteBuilder routes) => routes.MapGet("/sessions/{id:guid}/output", HandleAsync);

    static async Task HandleAsync(
        Guid id, HttpContext http, Caller caller, SupervisorDbContext db, SessionRegistry registry, DataDirectory data, IServiceScopeFactory scopes, TimeProvider clock,
        CancellationToken ct, long? offset = null)
    {
        var row = await ReadSessions.FindAsync(db, id, caller, ct);
        var path = SessionDirectory.Of(data, id).Transcript;
        if (row is { EndedAt: not null, OutputBytes: > 0 } && !File.Exists(path))
            throw new Refusal(410, "output-forgotten", $"What {id} printed is not kept any more: its work was over for longer than Supervisor:KeepTranscriptDays. GET /work-items/{row.WorkItemId}/events has what happened.").AsException();
        if (http.Request.WantsEventStream())
        {
            var from = long.TryParse(http.Request.Headers["Last-Event-ID"], out var last) ? last : offset ?? 0;
            await StreamAsync(http.Response, path, Checked(from), row, registry, scopes, clock, ct);
            return;
        }
        var begin = Checked(offset ?? 0);
        // What is appended while this is sent belongs to the next request.
        var end = Transcript.LengthOf(path);
        http.Response.ContentType = "text/plain; charset=utf-8";
        http.Response.Headers["X-Offset"] = $"{Math.Min(begin, end)}";
        http.Response.Headers["X-Next-Offset"] = $"{Math.Max(begin, end)}";
        if (begin >= end) return;
        await using var file = Transcript.Open(path);
        file.Seek(begin, SeekOrigin.Begin);
        var buffer = new byte[Piece];
        for (var left = end - begin; left > 0;)
        {
            var read = await file.ReadAsync(buffer.AsMemory(0, (int)Math.Min(left, Piece)), ct);
            if (read == 0) break;
            await http.Response.Body.WriteAsync(buffer.AsMemory(0, read), ct);
            left -= read;
        }
    }

    static async Task StreamAsync(
        HttpResponse response, string path, long offset, SessionRow row, SessionRegistry registry, IServiceScopeFactory scopes, TimeProvider clock, CancellationToken ct)
    {
        await response.BeginEventStreamAsync();
        var buffer = new byte[Piece];
        while (true)
        {
            var live = registry.Find(row.Id);
            var mark = live?.News.Next;
            // Asked before reading: what it printed last is then read before the end is told.
            var over = await IsOverAsync(scopes, row.Id, ct);
            for (int read; (read = Read(path, offset, buffer, over)) > 0; offset += read)
                await response.WriteEventAsync($"{offset + read}", "output", JsonSerializer.Serialize(new { offset, text = Encoding.UTF8.GetString(buffer, 0, read) }, JsonSettings.Web), ct);
            if (over is { } snapshot)
            {
                await response.WriteEventAsync($"{offset}", "end", JsonSerializer.Serialize(snapshot, JsonSettings.Web), ct);
                return;
            }
            // A session that nobody looks after yet gets somebody soon; then its news are heard.
            var woken = mark is null ? await Wakeup.WaitAsync(registry.Changed.Next, TimeSpan.FromSeconds(1), clock, ct) : await Wakeup.WaitAsync(mark, KeepAlive, clock, ct);
            if (!woken && mark is not null) await response.WriteKeepAliveAsync(ct);
        }
    }

    static int Read(string path, long offset, byte[] buffer, SessionSnapshot? over)
    {
        if (Transcript.LengthOf(path) <= offset) return 0;
        using var file = Transcript.Open(path);
        file.Seek(offset, SeekOrigin.Begin);
        var read = file.ReadAtLeast(buffer, buffer.Length, throwOnEndOfStream: false);
        var whole = WholeCharacters(buffer.AsSpan(0, read));
        return whole > 0 || over is null ? whole : read;
    }

    /// <summary>How many bytes do not end within a UTF-8 character; the rest comes with the next piece.</summary>
    internal static int WholeCharacters(ReadOnlySpan<byte> bytes)
    {
        for (var back = 1; back <= Math.Min(3, bytes.Length); back++)
        {
            var b = bytes[^back];
            if (b < 0x80) return bytes.Length;
            if (b < 0xC0) continue;
            var length = b >= 0xF0 ? 4 : b >= 0xE0 ? 3 : 2;
            return length > back ? bytes.Length - back : bytes.Length;
        }
        return bytes.Length;
    }

    static async Task<SessionSnapshot?> IsOverAsync(IServiceScopeFactory scopes, Guid id, CancellationToken ct)
    {
        await using var scope = scopes.CreateAsyncScope();
        var row = await scope.ServiceProvider.GetRequiredService<SupervisorDbContext>().Sessions.AsNoTracking().SingleAsync(x => x.Id == id, ct);
        return row.EndedAt is null ? null : row.ToSnapshot();
    }

    static long Checked(long offset) => offset >= 0 ? offset : throw Refusal.Invalid("/offset", "A byte offset is not negative.").AsException();
}
