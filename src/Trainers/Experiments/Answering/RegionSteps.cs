using System.Globalization;
using Microsoft.ML;
using MLNet.VisionLanguage.Regions;

namespace MLNet.VisionLanguage.Experiments;

/// <summary>The steps that make regions, of their name in a search space.</summary>
internal static class RegionSteps
{
    public const string Grid = "grid:";

    private const string ResNet = "resnet18:";
    private const string Features = "features:";
    private const string Detector = "detector:";
    private const string Onnx = "onnx:";
    private const char Of = '@';
    private const string Image = "Image";

    /// <summary>Whether ML.NET's ResNet-18 lies beside the program.</summary>
    public static bool HasResNet => ResNetGridGraph.IsThere;

    /// <summary>The steps before the model that look at images or at files of regions.</summary>
    /// <param name="context">The context.</param>
    /// <param name="source">Such as "grid:4".</param>
    /// <param name="cellSize">Pixels along each side of a cell.</param>
    /// <exception cref="ArgumentException">There is no such source.</exception>
    public static IEstimator<ITransformer> Create(MLContext context, string source, int cellSize)
    {
        if (After(Features) is { } files) return context.Transforms.LoadRegionFeatures(files.Split(';'), nameof(VqaExample.ImageId));
        if (After(Detector) is { } detector) return Open(context).Append(context.Transforms.ExtractRegionFeatures(Image, detector));
        if (After(Onnx)?.Split(Of, 2) is [{ Length: > 0 } described, { Length: > 0 } model])
            return Open(context).Append(context.Transforms.DetectRegions(Image, model, Describe(described)));
        return Open(context).Append(context.Transforms.ExtractGridFeatures(Image, Cells(source, cellSize)));

        string? After(string start) => source.StartsWith(start, StringComparison.Ordinal) && source.Length > start.Length ? source[start.Length..] : null;
    }

    /// <summary>The steps of a model that looks at a grid.</summary>
    public static IEstimator<ITransformer> Create(MLContext context, GridFeatureOptions grid) =>
        Open(context).Append(context.Transforms.ExtractGridFeatures(Image, grid));

    /// <summary>The steps of a model that takes the image whole.</summary>
    /// <param name="context">The context.</param>
    /// <param name="side">Pixels along each side.</param>
    public static IEstimator<ITransformer> Whole(MLContext context, int side) =>
        Open(context).Append(context.Transforms.PreprocessImage(inputColumnName: Image, imageSize: side));

    private static GridFeatureOptions Cells(string source, int cellSize)
    {
        if (source.StartsWith(ResNet, StringComparison.Ordinal) && Number(source[ResNet.Length..]) is { } side)
            return new() { Grid = side, Backbone = GridBackbone.ResNet18 };
        if (source.StartsWith(Grid, StringComparison.Ordinal))
        {
            if (Number(source[Grid.Length..]) is { } cells) return new() { Grid = cells, CellSize = cellSize, Centered = true };
            if (source[Grid.Length..].Split('+') is [var fine, var coarse] && Number(fine) is { } many && Number(coarse) is { } few)
                return new() { Grid = many, CoarseGrid = few, CellSize = cellSize, Centered = true };
        }

        throw new ArgumentException(
            $"Parameter {VisualQuestionAnsweringSpace.RegionSource}: '{source}' is no region source; expected grid:N, grid:N+M, resnet18:N, "
            + "features:PATH, detector:PATH or onnx:NAME@PATH.");

        static int? Number(string text) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
    }

    /// <summary>What a detector reads and gives: one that is known, or a description in a file.</summary>
    private static OnnxDetector Describe(string name)
    {
        if (OnnxDetector.Known.TryGetValue(name, out var known)) return known;
        return File.Exists(name) ? OnnxDetector.Load(name) : throw new ArgumentException(
            $"Parameter {VisualQuestionAnsweringSpace.RegionSource}: '{name}' is no ONNX detector; known are {string.Join(", ", OnnxDetector.Known.Keys)}, "
            + "and there is no such file of a description.");
    }

    private static IEstimator<ITransformer> Open(MLContext context) => context.Transforms.LoadImageFiles(Image, "", nameof(VqaExample.ImagePath));
}
