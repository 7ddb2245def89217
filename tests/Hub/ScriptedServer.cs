using System.Net;
using System.Net.Sockets;
using System.Text;

namespace MLNet.VisionLanguage.Tests.Hub;

/// <summary>A request as <see cref="ScriptedServer"/> sees it.</summary>
internal sealed record SeenRequest(string Method, string Path, IReadOnlyDictionary<string, string> Headers)
{
    /// <summary>The first byte that is asked for; 0 without a range.</summary>
    public int From => Headers.TryGetValue("range", out var range) ? int.Parse(range["bytes=".Length..].TrimEnd('-'), System.Globalization.CultureInfo.InvariantCulture) : 0;
}

/// <summary>What the server answers.</summary>
internal sealed record Answer(int Status, params (string Name, string Value)[] Headers)
{
    public byte[] Body { get; init; } = [];

    /// <summary>The length it tells; the body's where null.</summary>
    public long? Length { get; init; }

    /// <summary>After so many bytes of the body the connection ends, or with <see cref="Stalls"/> nothing more comes.</summary>
    public int? CutAfter { get; init; }

    public bool Stalls { get; init; }
}

/// <summary>A web server of this process that answers as a script says, also wrongly.</summary>
internal sealed class ScriptedServer : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _end = new();
    private readonly Func<SeenRequest, Answer> _script;

    public ScriptedServer(Func<SeenRequest, Answer> script)
    {
        _script = script;
        _listener.Start();
        _ = Task.Run(AcceptAsync);
    }

    public Uri Address => new($"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}/");

    public System.Collections.Concurrent.ConcurrentQueue<SeenRequest> Seen { get; } = [];

    public void Dispose()
    {
        _end.Cancel();
        _listener.Dispose();
        _end.Dispose();
    }

    /// <summary>Serves a file as it should be, from the byte on that is asked for.</summary>
    public static Answer File(SeenRequest request, byte[] content, string etag, params (string, string)[] headers)
    {
        var from = request.Headers.TryGetValue("if-range", out var mark) && mark.Trim('"') != etag ? 0 : request.From;
        (string, string)[] all = [("ETag", $"\"{etag}\""), ("Accept-Ranges", "bytes"), .. headers];
        return from == 0
            ? new(200, all) { Body = content }
            : from >= content.Length
                ? new(416, all)
                : new(206, [.. all, ("Content-Range", $"bytes {from}-{content.Length - 1}/{content.Length}")]) { Body = content[from..] };
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                var client = await _listener.AcceptTcpClientAsync(_end.Token);
                _ = Task.Run(() => ServeAsync(client));
            }
        }
        catch (Exception e) when (e is OperationCanceledException or ObjectDisposedException or SocketException)
        {
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        try
        {
            using (client)
            await using (var stream = client.GetStream())
            using (var reader = new StreamReader(stream, Encoding.Latin1, leaveOpen: true))
            {
                while (await ReadAsync(reader) is { } request)
                {
                    Seen.Enqueue(request);
                    if (!await WriteAsync(stream, request, _script(request))) return;
                }
            }
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or SocketException)
        {
        }
    }

    private static async Task<SeenRequest?> ReadAsync(StreamReader reader)
    {
        if (await reader.ReadLineAsync() is not { Length: > 0 } first) return null;
        var headers = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        while (await reader.ReadLineAsync() is { Length: > 0 } line) headers[line[..line.IndexOf(':')]] = line[(line.IndexOf(':') + 1)..].Trim();
        var parts = first.Split(' ');
        return new(parts[0], parts[1], headers);
    }

    /// <returns>Whether the connection may go on.</returns>
    private async Task<bool> WriteAsync(NetworkStream stream, SeenRequest request, Answer answer)
    {
        var head = new StringBuilder($"HTTP/1.1 {answer.Status} {(HttpStatusCode)answer.Status}\r\nContent-Length: {answer.Length ?? answer.Body.Length}\r\n");
        foreach (var (name, value) in answer.Headers) head.Append(System.Globalization.CultureInfo.InvariantCulture, $"{name}: {value}\r\n");
        await stream.WriteAsync(Encoding.Latin1.GetBytes(head.Append("\r\n").ToString()));
        if (request.Method == "HEAD") return true;
        var body = answer.Body.AsMemory(0, Math.Min(answer.CutAfter ?? int.MaxValue, answer.Body.Length));
        await stream.WriteAsync(body);
        await stream.FlushAsync();
        if (answer.Stalls) await Task.Delay(Timeout.Infinite, _end.Token);
        return answer.CutAfter is null && (answer.Length is null || answer.Length == answer.Body.Length);
    }
}
