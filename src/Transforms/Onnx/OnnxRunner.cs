using System.Diagnostics;
using Microsoft.ML.OnnxRuntime;

namespace MLNet.VisionLanguage.Onnx;

/// <summary>How a model is run.</summary>
internal sealed record OnnxRunnerOptions
{
    /// <summary>
    /// Threads for one operator; 0 leaves the choice to ONNX Runtime (one a physical core). For models of hidden size around 100 one thread
    /// is as good, and leaves the other cores to whoever prepares the next batch.
    /// </summary>
    public int Threads { get; init; }

    /// <summary>Last word on the session's options, for execution providers and the like.</summary>
    public Action<SessionOptions>? Configure { get; init; }
}

/// <summary>An ONNX Runtime session that takes and gives plain arrays. Runs from several threads at a time are allowed.</summary>
internal sealed class OnnxRunner : IDisposable
{
    private readonly InferenceSession _session;
    private readonly RunOptions _runOptions = new();
    private long _ticks;

    /// <exception cref="OnnxRuntimeException">The runtime does not accept the model.</exception>
    public OnnxRunner(string path, OnnxRunnerOptions? options = null)
    {
        using var sessionOptions = Translate(options ?? new());
        _session = new InferenceSession(path, sessionOptions);
    }

    /// <inheritdoc cref="OnnxRunner(string, OnnxRunnerOptions)"/>
    public OnnxRunner(byte[] model, OnnxRunnerOptions? options = null)
    {
        using var sessionOptions = Translate(options ?? new());
        _session = new InferenceSession(model, sessionOptions);
    }

    /// <summary>How long runs took together.</summary>
    public TimeSpan TimeInRuns => Stopwatch.GetElapsedTime(0, Interlocked.Read(ref _ticks));

    public IReadOnlyList<string> InputNames => _session.InputNames;

    public IReadOnlyList<string> OutputNames => _session.OutputNames;

    /// <summary>The sizes of an output as far as the runtime works them out, -1 where it cannot; null when it cannot tell how many there are.</summary>
    public IReadOnlyList<int>? OutputSizes(string name) =>
        _session.OutputMetadata[name] is { IsTensor: true, Dimensions: { Length: > 0 } sizes } ? sizes : null;

    /// <summary>Runs the model; all outputs, or those named, as arrays of their own.</summary>
    /// <exception cref="ArgumentException">An input the model needs is missing, or one is given that it does not have.</exception>
    public Dictionary<string, OnnxTensor> Run(IReadOnlyDictionary<string, OnnxTensor> inputs, IReadOnlyCollection<string>? outputs = null)
    {
        var wanted = outputs ?? _session.OutputNames;
        var results = new Dictionary<string, OnnxTensor>(StringComparer.Ordinal);
        Run(inputs, wanted, (name, value) => results.Add(name, OnnxTensor.Copy(name, value)));
        return results;
    }

    /// <summary>Runs the model and shows each output in the runtime's own memory, which is gone when the call returns.</summary>
    /// <inheritdoc cref="Run(IReadOnlyDictionary{string, OnnxTensor}, IReadOnlyCollection{string})"/>
    public void Run(IReadOnlyDictionary<string, OnnxTensor> inputs, IReadOnlyCollection<string> outputs, Action<string, OrtValue> take)
    {
        var values = new List<OrtValue>(inputs.Count);
        try
        {
            foreach (var name in _session.InputNames)
            {
                if (!inputs.TryGetValue(name, out var tensor))
                    throw new ArgumentException($"The model's input '{name}' is missing; given: {string.Join(", ", inputs.Keys)}.", nameof(inputs));
                values.Add(tensor.ToOrtValue());
            }
            if (values.Count != inputs.Count)
            {
                var surplus = inputs.Keys.Except(_session.InputNames);
                throw new ArgumentException($"The model has no input '{string.Join("', '", surplus)}'.", nameof(inputs));
            }
            var start = Stopwatch.GetTimestamp();
            using var results = _session.Run(_runOptions, _session.InputNames, values, outputs);
            Interlocked.Add(ref _ticks, Stopwatch.GetTimestamp() - start);
            foreach (var (name, value) in outputs.Zip(results))
                take(name, value);
        }
        finally
        {
            foreach (var value in values)
                value.Dispose();
        }
    }

    public void Dispose()
    {
        _runOptions.Dispose();
        _session.Dispose();
    }

    private static SessionOptions Translate(OnnxRunnerOptions options)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(options.Threads, nameof(options.Threads));
        var translated = new SessionOptions
        {
            GraphOptimizationLevel = GraphOptimizationLevel.ORT_ENABLE_ALL,
            IntraOpNumThreads = options.Threads,
            LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR,
        };
        // Idle workers would spin for the next operator. That gains nothing measurable on free cores and costs a factor of two to five as
        // soon as something else (the reader of the next rows, another session) wants the core.
        translated.AddSessionConfigEntry("session.intra_op.allow_spinning", "0");
        options.Configure?.Invoke(translated);
        return translated;
    }
}
