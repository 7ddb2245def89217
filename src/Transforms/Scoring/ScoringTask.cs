using Microsoft.ML;
using Microsoft.ML.Runtime;
using Microsoft.ML.Transforms.Onnx;
using MLNet.VisionLanguage.Columns;
using MLNet.VisionLanguage.Onnx;
using MLNet.VisionLanguage.Persistence;

namespace MLNet.VisionLanguage.Scoring;

/// <summary>A task as scoring sees it, whatever its model.</summary>
internal sealed record ScoringTask
{
    /// <summary>The columns read.</summary>
    public required InputColumns Inputs { get; init; }

    /// <summary>The columns added.</summary>
    public required IReadOnlyList<OutputColumn> Outputs { get; init; }

    /// <summary>The task's settings, see <see cref="StateText"/>.</summary>
    public required string State { get; init; }

    /// <summary>How many rows are scored at once.</summary>
    public int BatchSize { get; init; } = 32;

    /// <summary>How many rows are read ahead; 0 for four batches.</summary>
    public int WindowSize { get; init; }

    /// <summary>The column by which messages name rows, when the data has it; null for none.</summary>
    public string? RowIdColumn { get; init; }

    /// <summary>Threads of one operator; 0 leaves the choice to ONNX Runtime.</summary>
    public int Threads { get; init; }

    /// <summary>Writes a graph whose outputs are named as the columns are made of them.</summary>
    public OnnxModelFolder Write(GraphBuilder graph)
    {
        foreach (var output in Outputs) output.Finish(graph);
        OnnxMarker.Add(graph);
        return OnnxModelFolder.Create(graph.WriteTo);
    }

    /// <summary>The scorer over a written model.</summary>
    public BatchScorer CreateScorer(MLContext mlContext, OnnxModelFolder model) =>
        new(() => Open(mlContext, model), Inputs, Outputs)
        {
            RowIdColumn = RowIdColumn,
            Warn = text =>
            {
                using var channel = ((IHostEnvironment)mlContext).Register(Inputs.Component).Start("Scoring");
                channel.Warning(MessageSensitivity.None, "{0}", text);
            },
        };

    /// <summary>Rows about one text and one image may share either.</summary>
    private (OnnxRunner Runner, OnnxSharedRows? Shared) Open(MLContext mlContext, OnnxModelFolder model)
    {
        var options = ScoringDevice.Options(mlContext, Threads);
        HashSet<string> Names(InputGroup group) => [.. group.Columns.Select(column => Column.HelperPrefix + column.GraphName)];
        return Inputs.Groups is [var text, var image] && ReferenceEquals(text.Kind, StandardColumns.Text)
            && StandardColumns.AreOfImage(image.Kind)
            ? model.OpenShared(options, Names(text), Names(image))
            : (model.Open(options), null);
    }

    /// <summary>
    /// The task as a chain of ML.NET's own transformers. It is what a model file holds; in memory rows are scored by the batch scorer. It
    /// can be saved while the model's file is there; its ONNX part cannot score.
    /// </summary>
    public ITransformer CreateChain(MLContext mlContext, OnnxModelFolder model)
    {
        ScoringDevice.Check(mlContext);
        var signature = OnnxSignature.Read(model.ModelPath);
        foreach (var output in Outputs) output.Check(signature);
        var chain = new StateChain(mlContext.Transforms, State);
        var inputs = InputStages.Add(chain, Inputs);
        string[] outputs = [.. Outputs.Select(output => output.GraphOutput).Distinct()];
        return model.WithSkeleton(() =>
        {
            // Made here because the ONNX transformer already opens the file in its estimator.
            chain.Append(ScoringDevice.Open(mlContext, () => mlContext.Transforms.ApplyOnnxModel(outputs, inputs, model.ModelPath)), outputs);
            foreach (var output in Outputs) output.AddTo(chain, mlContext);
            var fitted = chain.Build().Fit(Inputs.EmptyView(mlContext));

            // Closes the session and the file, so that the model can take its place again; columns and saving need neither.
            fitted.OfType<OnnxTransformer>().Single().Dispose();
            return fitted;
        });
    }

    /// <summary>The schema's shape after the task.</summary>
    /// <exception cref="ArgumentException">An input column is missing or of another type.</exception>
    public SchemaShape OutputShape(MLContext mlContext, SchemaShape shape)
    {
        Inputs.Check(shape);
        return Outputs.Aggregate(shape, (found, output) => output.Create(mlContext.Transforms).GetOutputSchema(found));
    }
}
