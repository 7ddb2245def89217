using Microsoft.ML;
using Microsoft.ML.Transforms.Onnx;
using MLNet.VisionLanguage.Persistence;
using MLNet.VisionLanguage.Tasks.Detection;

namespace MLNet.VisionLanguage;

/// <summary>Base of the transformers with FIBER's detector. Saved as ML.NET's own transformers with the detector inside.</summary>
public abstract class TextDetectorTransformer : DelegatingTransformer
{
    /// <summary>Kept so that the graph's file lives as long as the transformer that saves it; null after loading.</summary>
    private readonly OnnxModelFolder? _graph;

    private protected TextDetectorTransformer(ITransformer inner, TextDetectorSettings settings, OnnxModelFolder? graph)
        : base(inner, settings.Requirements()) => (Settings, _graph) = (settings, graph);

    /// <summary>The image column read.</summary>
    public string ImageColumnName => Settings.ImageColumnName;

    /// <summary>The detector, with the thresholds and sizes that are meant.</summary>
    public FiberDetectorConfig Detector => Settings.Detector;

    /// <summary>
    /// Which parameters of the detector were found in the checkpoint; null after loading. The tensors it names can be read no more.
    /// </summary>
    public ParameterMatch? Match { get; internal set; }

    internal TextDetectorSettings Settings { get; }

    /// <summary>What it does.</summary>
    public override string ToString() =>
        $"{Settings.Name}: images of {Detector.ShorterSide} to {Detector.LongerSide} pixels, at most {Detector.Detections} boxes above {Detector.LeastScore}";

    /// <summary>
    /// The same detector asked something else. It shares the network with this transformer, which must outlive it, and is not disposed itself.
    /// </summary>
    /// <param name="mlContext">The context of the built-ins.</param>
    /// <param name="use">What is asked.</param>
    /// <param name="imageColumn">The image column.</param>
    /// <param name="textColumn">The text column; null for classes.</param>
    /// <param name="classes">The classes, where they are named.</param>
    /// <param name="options">Thresholds and column names; without a detector this one's.</param>
    /// <param name="input">Rows with the columns.</param>
    internal TextDetectorTransformer AskedFor(
        MLContext mlContext, TextDetectorUse use, string imageColumn, string? textColumn, IReadOnlyList<string> classes, TextDetectorOptions options,
        IDataView input)
    {
        var vocabulary = TextDetectorSettings.FromState(StateChain.ReadState(mlContext, Inner)!).Vocabulary;
        options.Detector ??= Detector;
        options.Uncased = Settings.Uncased;
        var settings = TextDetectorSettings.Create(use, imageColumn, textColumn, classes, vocabulary, options);
        var chain = new TextDetectorChain(mlContext.Transforms, settings, vocabulary);
        using var skeleton = OnnxModelFolder.Create(TextDetectorGraph.Skeleton().WriteTo);
        var network = ((IEnumerable<ITransformer>)Inner).OfType<OnnxTransformer>().Single();
        var built = chain.Build(column => input.Schema[column].Type, new Ready(network, chain.Finding(skeleton)));
        return Make(built.Build().Fit(input), settings);
    }

    private protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        if (disposing) _graph?.Dispose();
    }

    /// <summary>Gives the component of a saved state back.</summary>
    internal static ITransformer Restore(ITransformer loaded, string state) => Make(loaded, TextDetectorSettings.FromState(state).Settings);

    /// <summary>The component over its chain.</summary>
    internal static TextDetectorTransformer Make(ITransformer inner, TextDetectorSettings settings, OnnxModelFolder? graph = null) => settings.Use switch
    {
        TextDetectorUse.Objects => new DetectObjectsTransformer(inner, settings, graph),
        TextDetectorUse.Phrases => new GroundPhrasesTransformer(inner, settings, graph),
        _ => new LocalizeExpressionTransformer(inner, settings, graph),
    };

    /// <summary>A stage that is there already, with the schema of another of the same columns.</summary>
    private sealed class Ready(ITransformer transformer, IEstimator<ITransformer> shapes) : IEstimator<ITransformer>
    {
        public ITransformer Fit(IDataView input) => transformer;

        public SchemaShape GetOutputSchema(SchemaShape inputSchema) => shapes.GetOutputSchema(inputSchema);
    }
}

/// <summary>Adds where objects of named classes are in each row's image.</summary>
public sealed class DetectObjectsTransformer : TextDetectorTransformer
{
    internal DetectObjectsTransformer(ITransformer inner, TextDetectorSettings settings, OnnxModelFolder? graph)
        : base(inner, settings, graph)
    {
    }

    /// <summary>The classes looked for, in the order of their keys.</summary>
    public IReadOnlyList<string> Classes => Settings.Classes;
}

/// <summary>Adds where in each row's image what the phrases of its caption name is.</summary>
public sealed class GroundPhrasesTransformer : TextDetectorTransformer
{
    internal GroundPhrasesTransformer(ITransformer inner, TextDetectorSettings settings, OnnxModelFolder? graph)
        : base(inner, settings, graph)
    {
    }

    /// <summary>The caption column read.</summary>
    public string TextColumnName => Settings.TextColumnName!;

    /// <summary>The column of the caption's phrases; null where the caption itself is taken apart.</summary>
    public string? PhrasesColumnName => Settings.PhrasesColumnName;
}

/// <summary>Adds where in each row's image the one thing is that its expression means.</summary>
public sealed class LocalizeExpressionTransformer : TextDetectorTransformer
{
    internal LocalizeExpressionTransformer(ITransformer inner, TextDetectorSettings settings, OnnxModelFolder? graph)
        : base(inner, settings, graph)
    {
    }

    /// <summary>The text column read.</summary>
    public string TextColumnName => Settings.TextColumnName!;
}
