using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms.Onnx;
using MLNet.VisionLanguage.Columns;
using MLNet.VisionLanguage.Persistence;
using MLNet.VisionLanguage.Regions;

namespace MLNet.VisionLanguage;

/// <summary>Makes a <see cref="DetectRegionsTransformer"/> of an ONNX detector; it learns nothing from the data.</summary>
public sealed class DetectRegionsEstimator : DelegatingEstimator<DetectRegionsTransformer>
{
    private readonly TransformsCatalog _catalog;
    private readonly DetectorSettings _settings;

    /// <summary>The model, run once to see what it gives.</summary>
    private readonly Lazy<(DetectorModel Model, DetectorTables Tables, DetectorSettings Settings)> _detector;

    /// <summary>For shapes alone.</summary>
    private readonly Lazy<(OnnxModelFolder Graph, IEstimator<ITransformer> Finding)> _shapes;

    internal DetectRegionsEstimator(TransformsCatalog catalog, DetectorSettings settings, string modelPath)
        : base(settings.Requirements())
    {
        (_catalog, _settings) = (catalog, settings);
        _detector = new(() =>
        {
            var model = new DetectorModel(modelPath, settings.Detector);
            var tables = new DetectorTables(settings.Detector, model);
            return (model, tables, settings.Of(model, tables));
        });
        _shapes = new(() =>
        {
            var graph = OnnxModelFolder.Create(DetectorOutputGraph.Skeleton().WriteTo);
            return (graph, Stage(graph, [GridPixels.PixelsColumn, StandardColumns.ImageSize.HelperName], [.. DetectorOutputGraph.Outputs]));
        });
    }

    /// <exception cref="FileNotFoundException">There is no such model, or what ResNet-18 needs is not there.</exception>
    /// <exception cref="InvalidDataException">It is no model of one image, or gives something else than its description says.</exception>
    private protected override DetectRegionsTransformer Fit(IDataView input, Func<string, DataViewType> typeOf)
    {
        var (model, tables, settings) = _detector.Value;
        var graphs = new List<OnnxModelFolder>();
        try
        {
            graphs.Add(OnnxModelFolder.Create(DetectorInputGraph.Create(settings.Detector, model.Width, model.Height).WriteTo));
            graphs.Add(OnnxModelFolder.Create(model.WriteTo));
            graphs.Add(OnnxModelFolder.Create(DetectorOutputGraph.Create(settings, tables).WriteTo));
            string[] values = [.. model.Names.Select(DetectorModel.ColumnOf)];
            (IEstimator<ITransformer>, IEnumerable<string>)[] stages =
            [
                (Stage(graphs[0], [GridPixels.PixelsColumn, StandardColumns.ImageSize.HelperName], [DetectorInputGraph.Output]), [DetectorInputGraph.Output]),
                (Stage(graphs[1], [DetectorInputGraph.Output], values), values),
                (Stage(graphs[2], DetectorOutputGraph.Inputs(settings, model.Names), [.. DetectorOutputGraph.Outputs]), DetectorOutputGraph.Outputs),
            ];
            return new(Chain(typeOf, settings, stages).Build().Fit(input), settings, graphs);
        }
        catch
        {
            graphs.ForEach(graph => graph.Dispose());
            throw;
        }
    }

    private protected override StateChain Chain(Func<string, DataViewType> typeOf) =>
        Chain(typeOf, _detector.Value.Settings, [(_shapes.Value.Finding, DetectorOutputGraph.Outputs)]);

    private IEstimator<ITransformer> Stage(OnnxModelFolder graph, string[] inputs, string[] outputs) => _catalog.ApplyOnnxModel(new OnnxOptions
    {
        OutputColumns = outputs,
        InputColumns = inputs,
        ModelFile = graph.ModelPath,
    });

    private StateChain Chain(
        Func<string, DataViewType> typeOf, DetectorSettings settings, IEnumerable<(IEstimator<ITransformer> Stage, IEnumerable<string> Outputs)> stages)
    {
        ImageColumnType.Register();
        var source = SchemaDefinition.Create(typeof(GridPixelsSource));
        source[GridPixelsSource.ImageColumn].ColumnType = typeOf(_settings.ImageColumnName);
        var chain = new StateChain(_catalog, settings.ToState())
            .Copy(GridPixelsSource.ImageColumn, settings.ImageColumnName)
            .Map<GridPixelsSource, GridPixels>(DetectorPixelsFactory.Map, DetectorPixelsFactory.Contract, source);
        foreach (var (stage, outputs) in stages) chain.Append(stage, outputs);
        return chain
            .Map<DetectedNamesSource, DetectedNames>(DetectedNamesFactory.Map, DetectedNamesFactory.Contract)
            .CopyOut(StandardColumns.Image, settings.Columns)
            .Copy(settings.ScoresColumnName, DetectorOutputGraph.Scores)
            .Append(RegionKeys.Stage(_catalog, settings.ClassesColumnName, DetectedNames.ClassesColumn, settings.Classes));
    }
}
