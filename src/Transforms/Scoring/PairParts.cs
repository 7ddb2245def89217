using MLNet.VisionLanguage.Columns;
using MLNet.VisionLanguage.Onnx;
using MLNet.VisionLanguage.Persistence;

namespace MLNet.VisionLanguage.Scoring;

/// <summary>
/// A graph about a text and an image, cut where the two meet: what it makes of a text alone is computed once a text, what it makes of an image
/// alone once an image, and only the rest for each pair.
/// </summary>
internal sealed class PairParts : IDisposable
{
    private readonly List<OnnxModelFolder> _models = [];
    private readonly List<OnnxRunner> _runners = [];
    private readonly string _output;

    /// <param name="graph">The graph of a row with a text and an image; its weights are read now.</param>
    /// <param name="texts">The columns of a text.</param>
    /// <param name="images">The columns of an image.</param>
    /// <param name="prefix">What the names of the graph's inputs and outputs start with.</param>
    /// <param name="output">The output that is wanted, a number a row.</param>
    /// <param name="options">How sessions are run.</param>
    public PairParts(
        GraphBuilder graph, InputColumns texts, InputColumns images, string prefix, string output, OnnxRunnerOptions options)
    {
        _output = output;
        var parts = graph.Cut([.. texts.Columns.Select(column => prefix + column.GraphName)]);
        try
        {
            Texts = new(Open(parts.Left), texts, prefix);
            Images = new(Open(parts.Right), images, prefix);
            var sizes = _runners.SelectMany(runner => runner.OutputNames.Select(name => (name, runner.OutputSizes(name))))
                .ToDictionary(pair => pair.name, pair => pair.Item2, StringComparer.Ordinal);
            Pairs = Open(parts.Join(name => sizes[name] is { } known ? [.. known.Select(size => size < 0 ? Dim.Unknown : size)] : null));
        }
        catch
        {
            Dispose();
            throw;
        }

        OnnxRunner Open(GraphBuilder part)
        {
            var model = OnnxModelFolder.Create(part.WriteTo);
            _models.Add(model);
            var runner = model.Open(options);
            _runners.Add(runner);
            return runner;
        }
    }

    /// <summary>The part of the texts.</summary>
    public PairSide Texts { get; }

    /// <summary>The part of the images.</summary>
    public PairSide Images { get; }

    private OnnxRunner Pairs { get; }

    /// <summary>The scores of pairs.</summary>
    /// <param name="texts">What <see cref="Texts"/> made of some texts.</param>
    /// <param name="images">What <see cref="Images"/> made of some images.</param>
    /// <param name="textRows">Of each pair the row of its text.</param>
    /// <param name="imageRows">Of each pair the row of its image.</param>
    public float[] Score(
        IReadOnlyDictionary<string, OnnxTensor> texts, IReadOnlyDictionary<string, OnnxTensor> images, long[] textRows, long[] imageRows)
    {
        var feeds = new Dictionary<string, OnnxTensor>(texts.Concat(images), StringComparer.Ordinal)
        {
            [GraphParts.LeftRows] = OnnxTensor.Of(textRows, textRows.Length),
            [GraphParts.RightRows] = OnnxTensor.Of(imageRows, imageRows.Length),
        };
        return Pairs.Run(feeds, [_output])[_output].Singles;
    }

    public void Dispose()
    {
        foreach (var runner in _runners) runner.Dispose();
        foreach (var model in _models) model.Dispose();
    }
}

/// <summary>What a model makes of texts alone, or of images alone.</summary>
/// <param name="runner">Runs it.</param>
/// <param name="inputs">The columns read.</param>
/// <param name="prefix">What the names of the graph's inputs start with.</param>
internal sealed class PairSide(OnnxRunner runner, InputColumns inputs, string prefix)
{
    public InputColumns Inputs => inputs;

    /// <summary>The values of a batch, its rows first.</summary>
    public Dictionary<string, OnnxTensor> Run(ColumnBatch batch)
    {
        var feeds = new Dictionary<string, OnnxTensor>(StringComparer.Ordinal);
        for (var i = 0; i < inputs.Columns.Count; i++)
            if (prefix + inputs.Columns[i].GraphName is var name && runner.InputNames.Contains(name)) feeds[name] = batch[i].ToOnnx();
        var values = runner.Run(feeds);
        foreach (var (name, value) in values)
        {
            if (value.Dims.Length == 0 || value.Dims[0] != batch.Rows)
                throw new InvalidOperationException($"'{name}' is [{string.Join(", ", value.Dims)}] of {batch.Rows} rows; rows come first.");
        }

        return values;
    }
}
