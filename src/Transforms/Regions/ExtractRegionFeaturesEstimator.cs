using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms.Onnx;
using MLNet.VisionLanguage.Checkpoints;
using MLNet.VisionLanguage.Columns;
using MLNet.VisionLanguage.Models;
using MLNet.VisionLanguage.Persistence;
using MLNet.VisionLanguage.Regions;

namespace MLNet.VisionLanguage;

/// <summary>Makes an <see cref="ExtractRegionFeaturesTransformer"/> of a detector's checkpoint; it learns nothing from the data.</summary>
public sealed class ExtractRegionFeaturesEstimator : DelegatingEstimator<ExtractRegionFeaturesTransformer>
{
    private readonly TransformsCatalog _catalog;
    private readonly RegionFeatureSettings _settings;
    private readonly Func<(OnnxModelFolder Graph, ParameterMatch? Match)> _create;

    /// <summary>For shapes alone; what is fitted has the graph with the weights.</summary>
    private readonly Lazy<(OnnxModelFolder Graph, IEstimator<ITransformer> Finding)> _shapes;

    internal ExtractRegionFeaturesEstimator(
        TransformsCatalog catalog, RegionFeatureSettings settings, string checkpoint, string? stateDictionary)
        : this(catalog, settings, () => CreateGraph(settings, checkpoint, stateDictionary))
    {
    }

    /// <param name="catalog">The catalog of the built-ins.</param>
    /// <param name="settings">The settings.</param>
    /// <param name="weights">The detector's weights; read when it is fitted.</param>
    internal ExtractRegionFeaturesEstimator(TransformsCatalog catalog, RegionFeatureSettings settings, IParameterSource weights)
        : this(catalog, settings, () => (OnnxModelFolder.Create(RegionFeatureGraph.Create(settings, weights).WriteTo), null))
    {
    }

    private ExtractRegionFeaturesEstimator(
        TransformsCatalog catalog, RegionFeatureSettings settings, Func<(OnnxModelFolder Graph, ParameterMatch? Match)> create)
        : base(settings.Requirements())
    {
        (_catalog, _settings, _create) = (catalog, settings, create);
        _shapes = new(() =>
        {
            var graph = OnnxModelFolder.Create(RegionFeatureGraph.Skeleton(_settings).WriteTo);
            return (graph, Finding(graph));
        });
    }

    /// <exception cref="FileNotFoundException">There is no such checkpoint.</exception>
    /// <exception cref="CheckpointFormatException">The checkpoint is damaged or none.</exception>
    /// <exception cref="CheckpointMismatchException">It is of another architecture or size.</exception>
    private protected override ExtractRegionFeaturesTransformer Fit(IDataView input, Func<string, DataViewType> typeOf)
    {
        var (graph, match) = _create();
        try
        {
            return new(Chain(typeOf, Finding(graph)).Build().Fit(input), _settings, graph) { Match = match };
        }
        catch
        {
            graph.Dispose();
            throw;
        }
    }

    private protected override StateChain Chain(Func<string, DataViewType> typeOf) => Chain(typeOf, _shapes.Value.Finding);

    private static (OnnxModelFolder Graph, ParameterMatch? Match) CreateGraph(
        RegionFeatureSettings settings, string path, string? stateDictionary)
    {
        using var checkpoint = Checkpoint.Open(path, stateDictionary);
        var parameters = settings.Parameters();
        var names = settings.Backbone is null ? new ParameterMatchOptions() : new() { PrefixChanges = VlBertPixels.PrefixChanges };
        var match = ParameterMatch.Match(checkpoint, parameters.Select(parameter => parameter.Spec), names);
        var unread = parameters.Where(parameter => parameter.Role == Engine.ParameterRole.Unused).Select(parameter => parameter.Name)
            .ToHashSet(StringComparer.Ordinal);
        match.ThrowIfIncompatible(
            settings.Backbone is null ? "the " + ModelKinds.Detector : "the image backbone", checkpoint.Path, unread.Contains,
            ModelKinds.Describe(checkpoint.Names));
        return (OnnxModelFolder.Create(RegionFeatureGraph.Create(settings, match.Source).WriteTo), match);
    }

    private IEstimator<ITransformer> Finding(OnnxModelFolder graph) => _catalog.ApplyOnnxModel(new OnnxOptions
    {
        OutputColumns = [.. RegionFeatureGraph.Outputs(_settings)],
        InputColumns = RegionFeatureGraph.Inputs(_settings),
        ModelFile = graph.ModelPath,
    });

    private StateChain Chain(Func<string, DataViewType> typeOf, IEstimator<ITransformer> finding)
    {
        ImageColumnType.Register();
        var source = SchemaDefinition.Create(typeof(RegionPixelsSource));
        source[RegionPixelsSource.ImageColumn].ColumnType = typeOf(_settings.ImageColumnName);
        var chain = new StateChain(_catalog, _settings.ToState())
            .Copy(RegionPixelsSource.ImageColumn, _settings.ImageColumnName)
            .Map<RegionPixelsSource, RegionPixels>(RegionPixelsFactory.Map, RegionPixelsFactory.Contract, source);
        if (_settings.BoxesColumnName is { } boxes)
        {
            chain.Copy(RegionBoxesSource.BoxesColumn, boxes)
                .Map<RegionBoxesSource, CheckedRegionBoxes>(RegionBoxesFactory.Map, RegionBoxesFactory.Contract);
        }

        var names = _settings.Names;
        chain.Append(finding, RegionFeatureGraph.Outputs(_settings));
        if (_settings.Backbone is not null) return chain.CopyOut(StandardColumns.Image, _settings.Columns);
        return chain
            .Map<RegionNamesSource, RegionNames>(RegionNamesFactory.Map, RegionNamesFactory.Contract)
            .CopyOut(StandardColumns.Image, _settings.Columns)
            .Copy([names.Scores, names.AttributeScores], [RegionFeatureGraph.Scores, RegionFeatureGraph.AttributeScores])
            .Append(RegionKeys.Stage(_catalog, names.Classes, RegionNames.ClassesColumn, _settings.Classes))
            .Append(RegionKeys.Stage(_catalog, names.Attributes, RegionNames.AttributesColumn, _settings.Attributes));
    }
}
