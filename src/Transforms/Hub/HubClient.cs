using System.Net;
using System.Net.Http.Headers;

namespace MLNet.VisionLanguage.Hub;

/// <summary>
/// Requests that follow redirects, send the token to the hub's own address alone, wait and try again where that may help, and say what to do where it
/// does not.
/// </summary>
internal sealed class HubClient : IDisposable
{
    private const int MostRedirects = 10;

    private static readonly TimeSpan LongestWait = TimeSpan.FromMinutes(5);

    private readonly HubOptions _options;

    private readonly HttpClient _http;

    public HubClient(HubOptions options)
    {
        _options = options;

        // Proxies are those of the environment (HTTPS_PROXY and others), as everywhere in .NET; a mirror on this machine is behind none.
        var handler = new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            AutomaticDecompression = DecompressionMethods.None,
            UseProxy = !options.Endpoint.IsLoopback,
        };
        _http = new(handler) { Timeout = Timeout.InfiniteTimeSpan };
        _http.DefaultRequestHeaders.UserAgent.ParseAdd("MLNet.VisionLanguage");
    }

    /// <summary>What the server says of a file.</summary>
    public Task<RemoteFile> AskAsync(Uri address, CancellationToken cancellation) => TryAsync(address, async () =>
    {
        // The first answer is the hub's own, which knows commit, hash and size; where it sends us only has the bytes.
        string? commit = null, etag = null;
        long? size = null;
        var (response, location) = await FollowAsync(HttpMethod.Head, address, null, null, answer =>
        {
            commit ??= Header(answer, "X-Repo-Commit");
            etag ??= Header(answer, "X-Linked-Etag");
            size ??= long.TryParse(Header(answer, "X-Linked-Size"), out var linked) ? linked : null;
        }, cancellation).ConfigureAwait(false);
        using (response)
        {
            var version = Bare(response.Headers.ETag?.ToString());
            return new RemoteFile(location, size ?? response.Content.Headers.ContentLength, Bare(etag) ?? version, commit) { Version = version };
        }
    }, static () => false, cancellation);

    /// <summary>Opens a file's content from a byte on; the server may begin at 0 all the same, which the answer's status tells.</summary>
    public async Task<HttpResponseMessage> OpenAsync(Uri address, long from, string? etag, CancellationToken cancellation) =>
        (await FollowAsync(HttpMethod.Get, address, from > 0 ? from : null, etag, null, cancellation).ConfigureAwait(false)).Response;

    /// <summary>Does something until it succeeds, or fails in a way that will not pass.</summary>
    /// <param name="address">For messages.</param>
    /// <param name="act">What is done.</param>
    /// <param name="hasProgressed">Whether a failed attempt brought something, after which the count begins anew.</param>
    /// <param name="cancellation">Ends it.</param>
    public async Task<T> TryAsync<T>(Uri address, Func<Task<T>> act, Func<bool> hasProgressed, CancellationToken cancellation)
    {
        for (var (failed, wait) = (0, _options.RetryDelay); ; wait *= 2)
        {
            HubException problem;
            try
            {
                return await act().ConfigureAwait(false);
            }
            catch (HubException e) when (e.MayPass)
            {
                problem = e;
            }
            catch (HttpRequestException e)
            {
                problem = new($"{address}: {Reason(e)}", e);
            }
            catch (HttpIOException e)
            {
                problem = new($"{address}: the connection ended: {e.Message}", e);
            }
            catch (OperationCanceledException e) when (!cancellation.IsCancellationRequested)
            {
                problem = new($"{address}: the server sent nothing for {_options.StallTimeout.TotalSeconds:0.#} seconds.", e);
            }

            if (hasProgressed()) (failed, wait) = (0, _options.RetryDelay);
            if (failed++ >= _options.Retries)
            {
                throw new HubException(
                    $"{problem.Message} Tried {failed} times; what is there of it is kept, and the same command goes on from it. "
                    + "Check the network and the proxy (HTTPS_PROXY), or copy the cache from another machine.", problem);
            }

            var pause = problem.RetryAfter ?? wait;
            if (pause > LongestWait) throw new HubException($"{problem.Message} It asks to wait {pause.TotalMinutes:0} minutes; try again then.", problem);
            await Task.Delay(pause, cancellation).ConfigureAwait(false);
        }
    }

    /// <summary>A token that ends when the caller's does, or when nothing came for long; each call of <c>Touch</c> begins the time anew.</summary>
    public CancellationTokenSource Watch(CancellationToken cancellation)
    {
        var source = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        source.CancelAfter(_options.StallTimeout);
        return source;
    }

    public void Touch(CancellationTokenSource watch) => watch.CancelAfter(_options.StallTimeout);

    public void Dispose() => _http.Dispose();

    private async Task<(HttpResponseMessage Response, Uri Location)> FollowAsync(
        HttpMethod method, Uri address, long? from, string? etag, Action<HttpResponseMessage>? onAnswer, CancellationToken cancellation)
    {
        var location = address;
        for (var redirects = 0; ; redirects++)
        {
            if (redirects > MostRedirects) throw new HubException($"{address}: it is passed on more than {MostRedirects} times, at last to {location}.");
            using var request = new HttpRequestMessage(method, location);
            if (_options.Token is { } token && IsOwn(location)) request.Headers.Authorization = new("Bearer", token);
            if (from is { } start)
            {
                request.Headers.Range = new(start, null);
                if (etag is not null && EntityTagHeaderValue.TryParse($"\"{etag}\"", out var mark)) request.Headers.IfRange = new(mark);
            }

            using var watch = Watch(cancellation);
            var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, watch.Token).ConfigureAwait(false);
            onAnswer?.Invoke(response);
            if (response.StatusCode is >= HttpStatusCode.MultipleChoices and < HttpStatusCode.BadRequest && response.Headers.Location is { } next)
            {
                response.Dispose();
                location = new(location, next);
                if (location.Scheme is not ("http" or "https")) throw new HubException($"{address}: it is passed on to {location}, which is no web address.");
                continue;
            }

            if (response.IsSuccessStatusCode || response.StatusCode == HttpStatusCode.RequestedRangeNotSatisfiable) return (response, location);
            using (response) throw Refusal(address, response);
        }
    }

    /// <summary>The token is no other server's business.</summary>
    private bool IsOwn(Uri location) => Uri.Compare(
        location, _options.Endpoint, UriComponents.SchemeAndServer, UriFormat.SafeUnescaped, StringComparison.OrdinalIgnoreCase) == 0;

    private HubException Refusal(Uri address, HttpResponseMessage response)
    {
        var status = (int)response.StatusCode;
        var advice = status switch
        {
            401 or 403 when _options.Token is null => "the server wants to know who asks: set HF_TOKEN to a token that may read it.",
            401 or 403 => "the token of HF_TOKEN may not read it, or its licence is yet to be accepted on the model's page.",
            404 or 410 => "there is no such file; the model may have been moved: 'vl models list' names its page.",
            407 => "the proxy refuses: check HTTPS_PROXY.",
            429 => "the server has had too many requests.",
            >= 500 => "the server has a problem.",
            _ => "the server refuses.",
        };
        return new($"{address}: {status} {response.ReasonPhrase}: {advice}")
        {
            MayPass = status is 408 or 429 or >= 500,
            RetryAfter = response.Headers.RetryAfter is { } after ? after.Delta ?? (after.Date - DateTimeOffset.UtcNow) : null,
        };
    }

    private static string Reason(HttpRequestException e) => e.HttpRequestError switch
    {
        HttpRequestError.NameResolutionError => "the server's name is not known here.",
        HttpRequestError.ConnectionError => "the server cannot be reached.",
        HttpRequestError.SecureConnectionError => "the connection is not secure: the server's certificate is not trusted.",
        HttpRequestError.ProxyTunnelError => "the proxy does not pass it on: check HTTPS_PROXY.",
        _ => $"the request failed: {e.Message}.",
    };

    private static string? Header(HttpResponseMessage answer, string name) =>
        answer.Headers.TryGetValues(name, out var values) ? values.FirstOrDefault() : null;

    private static string? Bare(string? etag) => etag is null ? null : (etag.StartsWith("W/", StringComparison.Ordinal) ? etag[2..] : etag).Trim('"');
}
