using MLNet.VisionLanguage.Onnx;
using MLNet.VisionLanguage.Onnx.Proto;

namespace MLNet.VisionLanguage.Regions;

/// <summary>
/// Features of a map of ML.NET's ResNet-18: the image is averaged (or stretched) to as many pixels a side as the map of the wanted grid asks for, and
/// loses ImageNet's mean image as the package's own preparation takes it away; a cell is a place of the map.
/// </summary>
internal static class ResNetGridGraph
{
    private const string Package = "Microsoft.ML.DnnImageFeaturizer.ResNet18";
    private const string Input = "Input247";
    private const string Mean = "MeanImage";

    /// <summary>Where the package puts its models beside a program.</summary>
    private static readonly string[] ModelPath = ["DnnImageModels", "ResNet18Onnx", "ResNet18.onnx"];
    private static readonly string[] PreparationPath = ["DnnImageModels", "ResNetPrepOnnx", "ResNetPreprocess.onnx"];

    /// <summary>A map: its name in the model, pixels from a cell to the next, values a cell.</summary>
    private static readonly Dictionary<int, (string Name, int Stride, int Size)> Maps = new()
    {
        [3] = ("ReLU347_Output_0", 16, 256),
        [4] = ("ReLU393_Output_0", 32, 512),
    };

    /// <summary>The number of the last map.</summary>
    public const int LastLayer = 4;

    /// <summary>Whether the package's model lies beside the program.</summary>
    public static bool IsThere => File.Exists(Path.Combine([AppContext.BaseDirectory, .. ModelPath]));

    /// <summary>Whether there is a map of that number.</summary>
    public static bool HasLayer(int layer) => Maps.ContainsKey(layer);

    /// <summary>Values a cell.</summary>
    public static int FeatureSize(int layer) => Maps[layer].Size;

    /// <summary>Pixels along each side of what the network sees.</summary>
    public static int ImageSide(int grid, int layer) => grid * Maps[layer].Stride;

    /// <summary>[grid·grid, size] of an image.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="image">[side, side, 3], red green blue 0..255; see <see cref="ImageSide"/>.</param>
    /// <param name="grid">Cells along each side.</param>
    /// <param name="layer">The map.</param>
    /// <exception cref="FileNotFoundException">The package is not there.</exception>
    public static GraphValue Cells(GraphBuilder graph, GraphValue image, int grid, int layer)
    {
        var map = Map(graph, graph.Unsqueeze(graph.Transpose(image, 2, 0, 1), 0), ImageSide(grid, layer), layer);
        return graph.Reshape(graph.Transpose(map, 0, 2, 3, 1), (long)grid * grid, FeatureSize(layer));
    }

    /// <summary>[images, size]: the mean of the last map of each.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="images">[images, 3, side, side], red green blue 0..255.</param>
    /// <param name="side">Pixels along each side.</param>
    /// <exception cref="FileNotFoundException">The package is not there.</exception>
    public static GraphValue Seen(GraphBuilder graph, GraphValue images, int side) =>
        graph.Reshape(graph.GlobalAveragePool(Map(graph, images, side, LastLayer)), -1, FeatureSize(LastLayer));

    private static GraphValue Map(GraphBuilder graph, GraphValue images, int side, int layer)
    {
        var mean = Read(PreparationPath).Graph.Initializer.First(tensor => tensor.Name == Mean);
        var means = graph.Weight(Mean, GraphBuilder.Singles(mean), [.. mean.Dims]);

        // The network reads blue first.
        var colours = graph.Concat(1, graph.Slice(images, 1, 2, 3), graph.Slice(images, 1, 1, 2), graph.Slice(images, 1, 0, 1));
        var pixels = colours - graph.ResizeBilinear(means, graph.Constant(values: [side, side]), "half_pixel");
        return graph.Graft(Read(ModelPath), Input, pixels, Maps[layer].Name)[0];
    }

    private static ModelProto Read(string[] path)
    {
        var file = Path.Combine([AppContext.BaseDirectory, .. path]);
        if (!File.Exists(file))
        {
            throw new FileNotFoundException(
                $"ExtractGridFeatures: '{file}' does not exist; {nameof(GridBackbone.ResNet18)} needs the NuGet package {Package}, which puts it there.", file);
        }

        using var stream = File.OpenRead(file);
        return ModelProto.Parser.ParseFrom(stream);
    }
}
