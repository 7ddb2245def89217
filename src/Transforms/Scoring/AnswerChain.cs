using System.Diagnostics.CodeAnalysis;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms.Onnx;
using MLNet.VisionLanguage.Composition;
using MLNet.VisionLanguage.Heads;
using MLNet.VisionLanguage.Onnx;

namespace MLNet.VisionLanguage.Scoring;

/// <summary>
/// Question answering as a chain of ML.NET's own transformers: constant key → MapValue(settings) → CopyColumns → CustomMapping(check) →
/// ApplyOnnxModel → CustomMapping(best answer) → MapValueToKey → CopyColumns → DropColumns. It is what a model file holds, and it tells the
/// schema; in memory rows are scored by the batch scorer.
/// </summary>
internal static class AnswerChain
{
    private sealed class AnswerText
    {
        public string Answer { get; set; } = "";
    }

    /// <summary>Makes the chain over a model file. It can be saved while the file is there; its ONNX part cannot score.</summary>
    public static ITransformer Create(MLContext mlContext, AnswerModelSettings settings, OnnxModelFolder model)
    {
        var catalog = mlContext.Transforms;
        (string Inner, string Column)[] inputs =
        [
            (AnswerInputsSource.InputIdsColumn, settings.InputIdsColumnName),
            (AnswerInputsSource.AttentionMaskColumn, settings.AttentionMaskColumnName),
            (AnswerInputsSource.TokenTypeIdsColumn, settings.TokenTypeIdsColumnName),
            (AnswerInputsSource.RegionFeaturesColumn, settings.RegionFeaturesColumnName),
            (AnswerInputsSource.RegionBoxesColumn, settings.RegionBoxesColumnName),
            (AnswerInputsSource.ImageSizeColumn, settings.ImageSizeColumnName),
        ];
        string[] graphInputs =
        [
            .. new[]
            {
                AnswerGraph.InputIds, AnswerGraph.AttentionMask, AnswerGraph.TokenTypeIds, AnswerGraph.RegionFeatures, AnswerGraph.RegionBoxes,
                AnswerGraph.ImageSize,
            }.Select(name => AnswerInputsDestination.Prefix + name),
        ];
        var keys = mlContext.Data.LoadFromEnumerable(settings.Answers.Select(answer => new AnswerText { Answer = answer }).ToList());

        var head = new EstimatorChain<ITransformer>()
            .Append<ITransformer>(catalog.CustomMapping<NoColumns, ConstantKey>(ConstantKeyFactory.Map, ConstantKeyFactory.Contract))
            .Append<ITransformer>(catalog.Conversion.MapValue(
                AnswerInputsSource.StateColumn,
                new[] { KeyValuePair.Create(ConstantKeyFactory.Value, settings.ToState()) },
                ConstantKey.ColumnName));
        foreach (var (inner, column) in inputs)
            head = head.Append<ITransformer>(catalog.CopyColumns(inner, column));
        head = head.Append<ITransformer>(catalog.CustomMapping<AnswerInputsSource, AnswerInputsDestination>(
            AnswerInputsFactory.Map, AnswerInputsFactory.Contract));
        string[] helpers =
        [
            ConstantKey.ColumnName, AnswerInputsSource.StateColumn, .. inputs.Select(input => input.Inner), .. graphInputs,
            BestAnswerSource.ScoreColumn, BestAnswerDestination.AnswerColumn,
        ];
        return model.WithSkeleton(() =>
        {
            // Made here because the ONNX transformer already opens the file in its estimator.
            var chain = head
                .Append<ITransformer>(catalog.ApplyOnnxModel([BestAnswerSource.ScoreColumn], graphInputs, model.ModelPath))
                .Append<ITransformer>(catalog.CustomMapping<BestAnswerSource, BestAnswerDestination>(
                    BestAnswerFactory.Map, BestAnswerFactory.Contract))
                .Append<ITransformer>(catalog.Conversion.MapValueToKey(
                    settings.PredictedLabelColumnName, BestAnswerDestination.AnswerColumn, keyData: keys))
                .Append<ITransformer>(catalog.CopyColumns(settings.ScoreColumnName, BestAnswerSource.ScoreColumn))
                .Append<ITransformer>(catalog.DropColumns(helpers));
            var fitted = chain.Fit(NoRows(mlContext, settings));

            // Closes the session and the file, so that the model can take its place again; columns and saving need neither.
            fitted.OfType<OnnxTransformer>().Single().Dispose();
            return fitted;
        });
    }

    /// <summary>Reads the settings back from a loaded chain, and tells which of its transformers holds the model.</summary>
    public static bool TryRead(
        MLContext mlContext, ITransformer candidate, [NotNullWhen(true)] out AnswerModelSettings? settings, out int onnxIndex)
    {
        (settings, onnxIndex) = (null, -1);
        if (!StateChain.TryRead<AnswerInputsSource, AnswerInputsDestination>(mlContext, candidate, AnswerInputsSource.StateColumn, out var state))
            return false;
        settings = AnswerModelSettings.FromState(state);
        onnxIndex = ((IEnumerable<ITransformer>)candidate).ToList().FindIndex(part => part is OnnxTransformer);
        return onnxIndex >= 0
            ? true
            : throw new InvalidDataException("The model's question answering part is damaged: it has no ONNX model.");
    }

    /// <summary>A view with the columns the chain reads, for fitting parts that only look at the schema.</summary>
    private static IDataView NoRows(MLContext mlContext, AnswerModelSettings settings)
    {
        var definition = SchemaDefinition.Create(typeof(Columns));
        definition[nameof(Columns.InputIds)].ColumnName = settings.InputIdsColumnName;
        definition[nameof(Columns.AttentionMask)].ColumnName = settings.AttentionMaskColumnName;
        definition[nameof(Columns.TokenTypeIds)].ColumnName = settings.TokenTypeIdsColumnName;
        definition[nameof(Columns.RegionFeatures)].ColumnName = settings.RegionFeaturesColumnName;
        definition[nameof(Columns.RegionBoxes)].ColumnName = settings.RegionBoxesColumnName;
        definition[nameof(Columns.ImageSize)].ColumnName = settings.ImageSizeColumnName;
        return mlContext.Data.LoadFromEnumerable(Array.Empty<Columns>(), definition);
    }

    private sealed class Columns
    {
        public VBuffer<long> InputIds { get; set; }

        public VBuffer<long> AttentionMask { get; set; }

        public VBuffer<long> TokenTypeIds { get; set; }

        public VBuffer<float> RegionFeatures { get; set; }

        public VBuffer<float> RegionBoxes { get; set; }

        [VectorType(2)]
        public VBuffer<float> ImageSize { get; set; }
    }
}
