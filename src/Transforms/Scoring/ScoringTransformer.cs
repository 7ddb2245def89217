using System.Runtime.InteropServices;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms.Onnx;
using MLNet.VisionLanguage.Columns;
using MLNet.VisionLanguage.Engine;
using MLNet.VisionLanguage.Onnx;
using MLNet.VisionLanguage.Persistence;
using MLNet.VisionLanguage.Scoring;

namespace MLNet.VisionLanguage;

/// <summary>
/// Base of the transformers that score rows with a model. Views are scored with ONNX Runtime, <see cref="BatchSize"/> rows at a time. A row
/// that the model cannot take (NaN features, boxes beyond the image, word numbers out of range, too many tokens) is an
/// <see cref="InvalidOperationException"/> that names row and column.
/// </summary>
public abstract class ScoringTransformer : DelegatingTransformer
{
    /// <summary>Batches of a window where nothing else is said.</summary>
    private const int WindowBatches = 4;

    private readonly OnnxModelFolder _model;
    private readonly BatchScorer _scorer;

    /// <param name="mlContext">The context the built-ins are made in.</param>
    /// <param name="task">What it does.</param>
    /// <param name="model">The written model, owned from now on, also when this fails.</param>
    private protected ScoringTransformer(MLContext mlContext, ScoringTask task, OnnxModelFolder model)
        : base(Chain(mlContext, task, model))
    {
        _model = model;
        _scorer = task.CreateScorer(mlContext, model);
        BatchSize = task.BatchSize;
        WindowSize = task.WindowSize;
    }

    /// <summary>How many rows are scored at once.</summary>
    public int BatchSize { get; }

    /// <summary>
    /// How many rows are read ahead; those of like length are scored together. 0 stands for four times <see cref="BatchSize"/>.
    /// </summary>
    public int WindowSize { get; }

    /// <inheritdoc/>
    public sealed override DataViewSchema GetOutputSchema(DataViewSchema inputSchema)
    {
        ArgumentNullException.ThrowIfNull(inputSchema);
        ThrowIfDisposed();
        CheckInput(inputSchema);
        return _scorer.OutputSchema(inputSchema);
    }

    /// <inheritdoc/>
    public sealed override IDataView Transform(IDataView input) => TransformInBatches(input, BatchSize);

    /// <summary>As <see cref="Transform"/>, so many rows at a time.</summary>
    internal IDataView TransformInBatches(IDataView input, int batchSize)
    {
        ArgumentNullException.ThrowIfNull(input);
        ThrowIfDisposed();
        CheckInput(input.Schema);
        return new ReadAheadView(input, _scorer, WindowSize > 0 ? Math.Max(WindowSize, batchSize) : WindowBatches * batchSize, batchSize);
    }

    /// <summary>How long ONNX Runtime computed for views and rows so far.</summary>
    internal TimeSpan TimeInSession => _scorer.TimeInSession;

    /// <inheritdoc cref="BatchScorer.SharesParts"/>
    internal bool SharesParts
    {
        get => _scorer.SharesParts;
        set => _scorer.SharesParts = value;
    }

    /// <summary>The file of the model while it lives.</summary>
    internal string ModelPath => _model.ModelPath;

    /// <summary>Scores a batch as <see cref="Transform"/> would, to see that it can be done.</summary>
    internal virtual void Try(ColumnBatch batch) => _scorer.Run(batch);

    /// <summary>The weights in the model's file.</summary>
    private protected OnnxWeights OpenWeights() => OnnxWeights.Open(_model.ModelPath);

    /// <summary>Writes the parameters that the model was made of to a file.</summary>
    private protected void SaveWeights(string path, IEnumerable<ModelParameter> parameters)
    {
        using var weights = OpenWeights();
        SafeTensors.Write(path, parameters.Select(parameter =>
            new NamedTensor(parameter.Name, TensorElementType.Float32, parameter.Shape, stream => stream.Write(MemoryMarshal.AsBytes<float>(
                weights.Contains(parameter.Name) || parameter.Role != ParameterRole.Unused
                    ? weights.Read(parameter.Name)
                    : new float[parameter.Count])))));
    }

    /// <summary>The model in a chain that such a transformer was saved as.</summary>
    /// <param name="loaded">The chain as ML.NET loaded it; disposed, as the model is all that is needed of it.</param>
    /// <param name="takeModel">Hands over the ONNX model of the chain's transformer with a number.</param>
    /// <exception cref="InvalidDataException">The chain has no model.</exception>
    internal static OnnxModelFolder TakeModel(ITransformer loaded, Func<int, OnnxModelFolder?> takeModel)
    {
        var index = ((IEnumerable<ITransformer>)loaded).ToList().FindIndex(part => part is OnnxTransformer);
        var model = index < 0 ? null : takeModel(index);
        (loaded as IDisposable)?.Dispose();
        return model ?? throw new InvalidDataException("A part of the model is damaged: it has no ONNX model of this library.");
    }

    private protected sealed override void CheckInput(DataViewSchema inputSchema) => _scorer.Inputs.Check(inputSchema);

    private protected sealed override IRowToRowMapper CreateRowMapper(DataViewSchema inputSchema) =>
        new BatchRowMapper(_scorer, inputSchema);

    private protected sealed override void Dispose(bool disposing)
    {
        if (disposing)
        {
            DisposeOwn();
            _scorer.Dispose();
            _model.Dispose();
        }

        base.Dispose(disposing);
    }

    /// <summary>Disposes what only the task's transformer has.</summary>
    private protected virtual void DisposeOwn()
    {
    }

    private static ITransformer Chain(MLContext mlContext, ScoringTask task, OnnxModelFolder model)
    {
        try
        {
            return task.CreateChain(mlContext, model);
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }
}
