using MLNet.VisionLanguage.Columns;
using MLNet.VisionLanguage.Onnx;

namespace MLNet.VisionLanguage.Regions;

/// <summary>
/// The graph that cuts an image into the cells of one or two grids, and boxes of the row out of it. An image is averaged down to exactly the
/// pixels that all cells of a grid need, by one matrix a side that holds how much each source pixel overlaps each wanted one; a small image is
/// averaged up alike.
/// </summary>
internal static class GridFeatureGraph
{
    public const string Pixels = GridPixels.PixelsColumn;

    /// <summary>The boxes of the row, Float [1, K·4] pixels, where the settings have any.</summary>
    public const string Boxes = GridBoxes.BoxesColumn;

    private const double HalfRange = 127.5;

    /// <summary>
    /// Inputs: the pixels, UInt8 [1, H·W·3], and width and height, Float [1, 2]. Outputs: features [1, N·D] and boxes [1, N·4], both
    /// declared of unknown length because the columns of other region sources are.
    /// </summary>
    public static GraphBuilder Create(GridFeatureSettings settings)
    {
        var graph = new GraphBuilder("GridFeatures");
        var bytes = graph.Input(Pixels, OnnxType.UInt8, "B", "L");
        var size = graph.Input(StandardColumns.ImageSize.HelperName, OnnxType.Float, "B", 2);
        var given = settings.BoxesColumnName is null ? null : graph.Input(Boxes, OnnxType.Float, "B", "K");
        var width = graph.Select(graph.Select(size, 0, 0), 0, 0);
        var height = graph.Select(graph.Select(size, 0, 0), 0, 1);

        // [H, W·3]: rows can be averaged before the colours are told apart.
        var pixels = graph.Reshape(graph.Cast(bytes, OnnxType.Float), graph.Concat(0, Long(graph, height), graph.Constant(values: [-1])));
        if (settings.Backbone != GridBackbone.Pixels)
        {
            var cells = graph.Constant([.. settings.Grids.SelectMany(Fractions)], settings.RegionCount, 4) * graph.Concat(1, size, size);
            Finish(graph, Mapped(graph, pixels, width, height, settings), cells);
            return graph;
        }

        var features = settings.Grids.Select(grid => Cells(graph, pixels, width, height, grid, settings.CellSize)).ToArray();
        var scaled = features.Select((cells, grid) => settings.Centered && grid == 0 ? Centre(graph, cells) / HalfRange : cells / HalfRange - 1).ToList();
        var fractions = settings.Grids.SelectMany(Fractions).ToArray();
        var boxes = new List<GraphValue>();
        if (settings.RegionCount > 0) boxes.Add(graph.Constant(fractions, settings.RegionCount, 4) * graph.Concat(1, size, size));
        if (given is not null)
        {
            boxes.Insert(0, graph.Reshape(given, -1, 4));
            var cut = Cut(graph, pixels, width, height, boxes[0], settings.CellSize);
            scaled.Insert(0, settings.Centered ? Centre(graph, cut, graph.Reshape(pixels, -1, 3)) / HalfRange : cut / HalfRange - 1);
        }

        Finish(graph, graph.Concat(0, [.. scaled]), graph.Concat(0, [.. boxes]));
        return graph;
    }

    private static void Finish(GraphBuilder graph, GraphValue features, GraphValue boxes)
    {
        graph.Output(StandardColumns.RegionFeatures.HelperName, graph.Reshape(features, 1, -1), "B", "F");
        graph.Output(StandardColumns.RegionBoxes.HelperName, graph.Reshape(boxes, 1, -1), "B", "X");
    }

    /// <summary>[regions, size] of a network's map; the cells of a coarser grid are means of its cells.</summary>
    private static GraphValue Mapped(GraphBuilder graph, GraphValue pixels, GraphValue width, GraphValue height, GridFeatureSettings settings)
    {
        var image = Shrunk(graph, pixels, width, height, ResNetGridGraph.ImageSide(settings.Grid, settings.BackboneLayer));
        var cells = ResNetGridGraph.Cells(graph, image, settings.Grid, settings.BackboneLayer);
        if (settings.CoarseGrid is not { } coarse) return cells;

        // Across and down, as pixels are averaged: [coarse, grid·size], then [coarse·coarse, size].
        var side = graph.Constant((float)settings.Grid);
        var rows = graph.MatMul(Overlaps(graph, side, coarse), graph.Reshape(cells, settings.Grid, -1));
        var means = graph.MatMul(Overlaps(graph, side, coarse), graph.Reshape(rows, coarse, settings.Grid, -1));
        return graph.Concat(0, cells, graph.Reshape(means, (long)coarse * coarse, -1));
    }

    /// <summary>Each cell's corners x1 y1 x2 y2 as fractions of the image's sides, row by row.</summary>
    private static IEnumerable<float> Fractions(int grid)
    {
        for (var row = 0; row < grid; row++)
        {
            for (var column = 0; column < grid; column++)
            {
                yield return (float)column / grid;
                yield return (float)row / grid;
                yield return (float)(column + 1) / grid;
                yield return (float)(row + 1) / grid;
            }
        }
    }

    /// <summary>Without the image's mean colour; the cells of a grid cover the image evenly, so it is the mean of their pixels.</summary>
    private static GraphValue Centre(GraphBuilder graph, GraphValue cells) => Centre(graph, cells, graph.Reshape(cells, -1, 3));

    /// <param name="graph">The graph.</param>
    /// <param name="cells">What loses it.</param>
    /// <param name="image">Pixels that have the image's mean colour, [any, 3].</param>
    private static GraphValue Centre(GraphBuilder graph, GraphValue cells, GraphValue image) =>
        graph.Reshape(graph.Reshape(cells, -1, 3) - graph.ReduceMean(image, 0), graph.Shape(cells));

    /// <summary>[boxes, cell·cell·3] of the means 0..255 in each of boxes [boxes, 4].</summary>
    private static GraphValue Cut(GraphBuilder graph, GraphValue pixels, GraphValue width, GraphValue height, GraphValue boxes, int cell)
    {
        // Colour by colour.
        var colours = graph.Transpose(graph.Reshape(pixels, 0, -1, 3), 2, 0, 1);
        var rows = graph.MatMul(graph.Unsqueeze(Overlaps(graph, height, Side(1, height), cell), 1), colours);
        var columns = graph.Unsqueeze(graph.Transpose(Overlaps(graph, width, Side(0, width), cell), 0, 2, 1), 1);
        return graph.Reshape(graph.Transpose(graph.MatMul(rows, columns), 0, 2, 3, 1), -1, (long)cell * cell * 3);

        // [boxes, 1, 1] each: where a box begins, and how much of it a pixel of its feature is.
        (GraphValue From, GraphValue Stretch) Side(int axis, GraphValue side)
        {
            var from = graph.Max(graph.Min(graph.Slice(boxes, 1, axis, axis + 1), side - 1), graph.Constant(0f));
            var to = graph.Max(graph.Min(graph.Slice(boxes, 1, axis + 2, axis + 3), side), from + 1);
            return (graph.Unsqueeze(from, 2), graph.Unsqueeze((to - from) / (double)cell, 2));
        }
    }

    /// <summary>[grid·grid, cell·cell·3] of the means 0..255.</summary>
    private static GraphValue Cells(GraphBuilder graph, GraphValue pixels, GraphValue width, GraphValue height, int grid, int cell)
    {
        var image = Shrunk(graph, pixels, width, height, (long)grid * cell);
        var cells = graph.Transpose(graph.Reshape(image, grid, cell, grid, cell, 3), 0, 2, 1, 3, 4);
        return graph.Reshape(cells, (long)grid * grid, (long)cell * cell * 3);
    }

    /// <summary>[count, count, 3]: the image with so many pixels a side, each the mean of what it covers.</summary>
    private static GraphValue Shrunk(GraphBuilder graph, GraphValue pixels, GraphValue width, GraphValue height, long count)
    {
        var rows = graph.MatMul(Overlaps(graph, height, count), pixels);
        return graph.MatMul(Overlaps(graph, width, count), graph.Reshape(rows, count, -1, 3));
    }

    /// <summary>
    /// [count, side]: the share of each of <paramref name="side"/> pixels in each of <paramref name="count"/> equal stretches that
    /// divide them; every row sums to 1.
    /// </summary>
    private static GraphValue Overlaps(GraphBuilder graph, GraphValue side, long count) =>
        Overlaps(graph, side, (graph.Constant(0f), side / (double)count), count);

    /// <summary>The same of stretches of which the first begins somewhere; [boxes, count, side] where that is [boxes, 1, 1].</summary>
    private static GraphValue Overlaps(GraphBuilder graph, GraphValue side, (GraphValue From, GraphValue Stretch) part, long count)
    {
        var starts = graph.Constant([.. Enumerable.Range(0, (int)count).Select(i => (float)i)], count, 1);
        var stretch = part.Stretch;
        var from = part.From + (starts * stretch);
        var to = part.From + ((starts + 1) * stretch);
        var left = graph.Cast(graph.Range(graph.Cast(side, OnnxType.Int64)), OnnxType.Float);
        var overlap = graph.Min(to, left + 1) - graph.Max(from, left);
        return graph.Relu(overlap) / stretch;
    }

    private static GraphValue Long(GraphBuilder graph, GraphValue scalar) =>
        graph.Reshape(graph.Cast(scalar, OnnxType.Int64), 1);
}
