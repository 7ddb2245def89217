using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms.Onnx;
using MLNet.VisionLanguage.Checkpoints;
using MLNet.VisionLanguage.Columns;
using MLNet.VisionLanguage.Engine;
using MLNet.VisionLanguage.Models;
using MLNet.VisionLanguage.Persistence;
using MLNet.VisionLanguage.Regions;

namespace MLNet.VisionLanguage.Tasks.Detection;

/// <summary>The chain of ML.NET's own transformers that a component with a detector that reads is saved as.</summary>
/// <param name="catalog">The catalog the built-ins come from.</param>
/// <param name="settings">The component.</param>
/// <param name="vocabulary">Its tokens.</param>
internal sealed class TextDetectorChain(TransformsCatalog catalog, TextDetectorSettings settings, TextVocabulary vocabulary)
{
    private const string Detector = "FIBER's detector";

    /// <summary>The graph with the weights of a checkpoint.</summary>
    /// <exception cref="FileNotFoundException">There is no such checkpoint.</exception>
    /// <exception cref="CheckpointFormatException">The checkpoint is damaged or none.</exception>
    /// <exception cref="CheckpointMismatchException">It is of another architecture or size.</exception>
    public OnnxModelFolder CreateGraph(string path, string? stateDictionary, out ParameterMatch match)
    {
        using var checkpoint = Checkpoint.Open(path, stateDictionary);
        var parameters = FiberDetectorNetwork.Parameters(settings.Detector);
        match = ParameterMatch.Match(checkpoint, parameters.Select(parameter => parameter.Spec), new());
        var unread = parameters.Where(parameter => parameter.Role == ParameterRole.Unused).Select(parameter => parameter.Name)
            .ToHashSet(StringComparer.Ordinal);
        match.ThrowIfIncompatible(Detector, checkpoint.Path, unread.Contains, ModelKinds.Describe(checkpoint.Names));
        return CreateGraph(match.Source);
    }

    /// <summary>The graph with given weights.</summary>
    public OnnxModelFolder CreateGraph(IParameterSource weights) =>
        OnnxModelFolder.Create(TextDetectorGraph.Create(settings.Detector, weights).WriteTo);

    /// <summary>The stage that runs a graph.</summary>
    public IEstimator<ITransformer> Finding(OnnxModelFolder graph) => catalog.ApplyOnnxModel(new OnnxOptions
    {
        OutputColumns = TextDetectorGraph.Outputs,
        InputColumns = TextDetectorGraph.Inputs,
        ModelFile = graph.ModelPath,
    });

    /// <param name="typeOf">The item type of an input column.</param>
    /// <param name="finding">The stage that runs the graph.</param>
    public StateChain Build(Func<string, DataViewType> typeOf, IEstimator<ITransformer> finding)
    {
        ImageColumnType.Register();
        var source = SchemaDefinition.Create(typeof(RegionPixelsSource));
        source[RegionPixelsSource.ImageColumn].ColumnType = typeOf(settings.ImageColumnName);
        var chain = new StateChain(catalog, settings.ToState(vocabulary))
            .Copy(RegionPixelsSource.ImageColumn, settings.ImageColumnName)
            .Map<RegionPixelsSource, RegionPixels>(TextDetectorPixelsFactory.Map, TextDetectorPixelsFactory.Contract, source)
            .Copy(DetectorTextSource.TextColumn, settings.TextColumnName ?? StateChain.StateColumn);
        chain = settings.PhrasesColumnName is { } phrases
            ? chain.Copy(DetectorPhrases.PhrasesColumn, phrases)
            : chain.Map<DetectorTextSource, DetectorPhrases>(DetectorPhrasesFactory.Map, DetectorPhrasesFactory.Contract);
        chain.Map<DetectorPromptSource, DetectorPrompt>(DetectorPromptFactory.Map, DetectorPromptFactory.Contract)
            .Append(finding, TextDetectorGraph.Outputs);
        var outputs = settings.Outputs;
        if (settings.Use == TextDetectorUse.Expression)
        {
            return chain.Map<BestDetectionSource, BestDetection>(BestDetectionFactory.Map, BestDetectionFactory.Contract)
                .Copy([outputs.Boxes, outputs.Score], [BestDetection.BoxColumn, BestDetection.ScoreColumn]);
        }

        chain.Map<TextDetectorNamesSource, TextDetectorNames>(TextDetectorNamesFactory.Map, TextDetectorNamesFactory.Contract)
            .Copy([outputs.Boxes, outputs.Score], [TextDetectorGraph.Boxes, TextDetectorGraph.Scores]);
        return settings.Use == TextDetectorUse.Phrases
            ? chain.Copy(outputs.Label, TextDetectorNames.NamesColumn)
            : chain.Append(catalog.Conversion.MapValueToKey(
                outputs.Label,
                TextDetectorNames.NamesColumn,
                keyData: new MLContext().Data.LoadFromEnumerable(settings.Classes.Select(name => new KeyText { Text = name }).ToList())));
    }

    private sealed class KeyText
    {
        public string Text { get; set; } = "";
    }
}
