using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.VisionLanguage.Checkpoints;
using MLNet.VisionLanguage.Composition;
using MLNet.VisionLanguage.Heads;
using MLNet.VisionLanguage.Onnx;
using MLNet.VisionLanguage.Scoring;

namespace MLNet.VisionLanguage;

/// <summary>
/// Answers questions about images. Reads InputIds, AttentionMask and TokenTypeIds (Vector&lt;Int64&gt; of one
/// length), RegionFeatures (Vector&lt;Single&gt;, N×D), RegionBoxes (Vector&lt;Single&gt;, N×4, pixels x1 y1 x2 y2) and ImageSize (Vector&lt;Single, 2&gt;,
/// pixels); adds Score (Vector&lt;Single&gt;, one probability 0..1 an answer, with SlotNames) and PredictedLabel (a key whose KeyValues are the
/// answers). Views are scored with ONNX Runtime, <see cref="BatchSize"/> rows at a time. A row that the model cannot take (NaN features,
/// boxes beyond the image, word numbers out of range, too many tokens) is an <see cref="InvalidOperationException"/> that names row and column.
/// </summary>
public sealed class VisualQuestionAnsweringTransformer : DelegatingTransformer
{
    private readonly AnswerModelSettings _settings;
    private readonly OnnxModelFolder _model;
    private readonly BatchScorer _scorer;

    private VisualQuestionAnsweringTransformer(MLContext mlContext, AnswerModelSettings settings, OnnxModelFolder model)
        : base(AnswerChain.Create(mlContext, settings, model))
    {
        (_settings, _model) = (settings, model);
        _scorer = AnswerScorer.Create(settings, model);
    }

    /// <summary>The answers, in the order of the scores.</summary>
    public IReadOnlyList<string> Answers => _settings.Answers;

    /// <summary>The architecture.</summary>
    public VisionLanguageModel Model => _settings.Model;

    /// <summary>How many rows are read ahead and scored at once.</summary>
    public int BatchSize => _settings.BatchSize;

    internal AnswerModelSettings Settings => _settings;

    /// <summary>Makes the transformer of trained weights, which are read one by one and written to a temporary file.</summary>
    /// <param name="mlContext">The context the built-ins are made in.</param>
    /// <param name="settings">Architecture, answers, columns.</param>
    /// <param name="weights">Parameters under the reference's names; not needed any more when the call returns.</param>
    /// <exception cref="ArgumentException">A setting is out of its range, or there are not as many answers as the classifier has outputs.</exception>
    /// <exception cref="InvalidDataException">A parameter is missing or has another shape than the architecture asks for.</exception>
    internal static VisualQuestionAnsweringTransformer Create(MLContext mlContext, AnswerModelSettings settings, IParameterSource weights)
    {
        ArgumentNullException.ThrowIfNull(mlContext);
        ArgumentNullException.ThrowIfNull(settings);
        ArgumentNullException.ThrowIfNull(weights);
        settings.Validate();
        var graph = AnswerGraph.Create(settings.ToNetwork(), weights, AnswerInputsDestination.Prefix);
        OnnxMarker.Add(graph);
        return FromModel(mlContext, settings, OnnxModelFolder.Create(graph.WriteTo));
    }

    /// <summary>Makes the transformer over a written model, which it owns from now on.</summary>
    internal static VisualQuestionAnsweringTransformer FromModel(MLContext mlContext, AnswerModelSettings settings, OnnxModelFolder model)
    {
        try
        {
            var outputs = OnnxSignature.Read(model.ModelPath).Outputs;
            if (outputs.FirstOrDefault(output => output.Name == BestAnswerSource.ScoreColumn)?.Dims[^1].Size is not { } found)
                throw new InvalidDataException($"The ONNX model gives {string.Join(", ", outputs)}; an output '{BestAnswerSource.ScoreColumn}' is expected.");
            if (found != settings.Answers.Count)
            {
                throw new ArgumentException(
                    $"The list has {settings.Answers.Count} answers; the classifier '{settings.Head}' gives {found} scores.", nameof(settings));
            }

            return new VisualQuestionAnsweringTransformer(mlContext, settings, model);
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    /// <summary>Recognises the chain that a saved transformer becomes, and gives the transformer back.</summary>
    /// <param name="mlContext">The context of the built-ins.</param>
    /// <param name="loaded">What may be the chain; disposed when it is.</param>
    /// <param name="takeModel">Hands over the ONNX model of the chain's transformer with a number.</param>
    internal static VisualQuestionAnsweringTransformer? TryRestore(
        MLContext mlContext, ITransformer loaded, Func<int, OnnxModelFolder?> takeModel)
    {
        if (!AnswerChain.TryRead(mlContext, loaded, out var settings, out var onnxIndex))
            return null;
        var model = takeModel(onnxIndex)
            ?? throw new InvalidDataException("The model's question answering part is damaged: its ONNX model is not one of this library.");
        (loaded as IDisposable)?.Dispose();
        return FromModel(mlContext, settings, model);
    }

    /// <inheritdoc/>
    public override DataViewSchema GetOutputSchema(DataViewSchema inputSchema)
    {
        ArgumentNullException.ThrowIfNull(inputSchema);
        CheckInput(inputSchema);
        return _scorer.OutputSchema(inputSchema);
    }

    /// <inheritdoc/>
    public override IDataView Transform(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        CheckInput(input.Schema);
        return new ReadAheadView(input, _scorer, _settings.BatchSize);
    }

    private protected override void CheckInput(DataViewSchema inputSchema) => _scorer.CheckInput(inputSchema);

    private protected override IRowToRowMapper CreateRowMapper(DataViewSchema inputSchema) => new BatchRowMapper(_scorer, inputSchema);

    private protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _scorer.Dispose();
            _model.Dispose();
        }

        base.Dispose(disposing);
    }
}
