using System.Net;
using System.Net.Http.Headers;
using ClaudeManage.Contracts.Work;

namespace ClaudeManage.Client;

public sealed partial class TownClient
{
    /// <summary>How long a whole import may take.</summary>
    public static readonly TimeSpan ImportPatience = TimeSpan.FromHours(2);

    /// <summary><c>POST /import</c>, sent while it is written; the answer is an <see cref="ImportResult"/> as the town wrote it. It can be repeated: the same again changes nothing.</summary>
    /// <param name="write">Writes the lines of an export.</param>
    /// <param name="dryRun">Only says what would be done.</param>
    /// <exception cref="TownProblemException">Refused, and nothing was written; the member <c>line</c> says where.</exception>
    /// <exception cref="TownUnreachableException">No answer: part of it may have been written. Repeat it.</exception>
    public Task<string> ImportAsync(Func<Stream, CancellationToken, Task> write, bool dryRun, CancellationToken ct) => SendAsync(
        () => new HttpRequestMessage(HttpMethod.Post, "import" + Query(("dryRun", dryRun))) { Content = new Written(write) { Headers = { ContentType = new MediaTypeHeaderValue(TownExport.MediaType) } } },
        ImportPatience, ct);

    /// <summary><c>GET /export</c>. The caller disposes the stream; its last line is an <c>end</c>, without which it was cut off.</summary>
    public async Task<Stream> ExportAsync(CancellationToken ct)
    {
        var response = await OpenAsync(() => new HttpRequestMessage(HttpMethod.Get, "export"), TownCall<object>.DefaultTimeout, ct);
        return await response.Content.ReadAsStreamAsync(ct);
    }

    /// <summary>A body that is written as it is sent.</summary>
    sealed class Written(Func<Stream, CancellationToken, Task> write) : HttpContent
    {
        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => write(stream, CancellationToken.None);

        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken) => write(stream, cancellationToken);

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }
    }
}
