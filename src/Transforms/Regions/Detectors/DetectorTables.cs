using MLNet.VisionLanguage.Onnx;

namespace MLNet.VisionLanguage.Regions;

/// <summary>The shapes of what a detector gives, checked against its description.</summary>
internal sealed class DetectorTables
{
    private const int Sides = 4;

    private readonly IReadOnlyDictionary<string, long[]> _shapes;

    /// <param name="detector">The description.</param>
    /// <param name="model">The model; it has been run.</param>
    /// <exception cref="InvalidDataException">The model gives something else.</exception>
    public DetectorTables(OnnxDetector detector, DetectorModel model)
        : this(detector, model.Width, model.Height, model.Shapes, problem => model.Fail($"{problem}; it gives {model.Found}"))
    {
    }

    /// <param name="detector">The description.</param>
    /// <param name="width">Pixels across of the image that the model sees.</param>
    /// <param name="height">Pixels down.</param>
    /// <param name="shapes">The shape of each value.</param>
    /// <param name="fail">Makes an error of a problem.</param>
    public DetectorTables(OnnxDetector detector, int width, int height, IReadOnlyDictionary<string, long[]> shapes, Func<string, Exception> fail)
    {
        (Width, Height, _shapes) = (width, height, shapes);
        foreach (var (option, output) in detector.Outputs)
        {
            if (Problem(output) is { } problem) throw fail($"{option}: {problem}");
        }

        var boxes = detector.Boxes;
        var told = Same(nameof(detector.Boxes), boxes.Outputs);
        var bins = boxes.Format == OnnxBoxFormat.DistanceBins ? told / Sides : 0;
        if (bins == 0 ? told != Sides : told % Sides != 0 || bins < 2)
        {
            var wanted = bins == 0 ? "4" : "4 times so many as there are bins";
            throw fail($"{nameof(detector.Boxes)}: {told} values a box; {wanted} are expected of {boxes.Format}");
        }

        ScoreCount = Same(nameof(detector.Scores), detector.Scores.Outputs) - (detector.Scores.Background == OnnxBackground.None ? 0 : 1);
        if (ScoreCount < 1) throw fail($"{nameof(detector.Scores)}: no column but that of the background");
        if (detector.Scores.Numbers is { } number && (ScoreCount != 1 || Columns(number) != 1))
            throw fail($"{nameof(detector.Scores)}: {ScoreCount} scores and {Columns(number)} class numbers a box; one of each is expected");
        if (detector.Scores.Objectness.Count > 0 && Same(nameof(detector.Scores.Objectness), detector.Scores.Objectness) is var things and not 1)
            throw fail($"{nameof(detector.Scores.Objectness)}: {things} values a box; one is expected");
        Grid = new(boxes, width, height, bins);
        var count = boxes.Outputs.Sum(Rows);
        foreach (var (option, outputs) in detector.Outputs.GroupBy(part => part.Option, part => part.Output).Select(group => (group.Key, group.ToList())))
        {
            if (outputs.Sum(Rows) is var rows && rows != count) throw fail($"{option}: {rows} rows for {count} boxes");
        }

        if (Grid.Count > 0 && Grid.Count != count)
            throw fail($"{nameof(detector.Boxes)}.{nameof(boxes.Levels)}: they have {Grid.Count} boxes ({Cells(boxes)}), but there are {count}");
        foreach (var map in detector.Maps)
        {
            if (shapes[map.Name].Length != 4 || shapes[map.Name][0] != 1)
                throw fail($"{nameof(detector.Maps)}: '{map.Name}' has the shape [{string.Join(", ", shapes[map.Name])}]; a map of one image is expected");
        }

        int Same(string option, IReadOnlyList<OnnxOutput> outputs)
        {
            var counts = outputs.Select(Columns).Distinct().ToList();
            return counts.Count == 1 ? counts[0] : throw fail($"{option}: outputs of {string.Join(" and ", counts)} columns");
        }
    }

    /// <summary>Pixels across of the image that the model sees.</summary>
    public int Width { get; }

    /// <summary>Pixels down.</summary>
    public int Height { get; }

    /// <summary>The values, by name.</summary>
    public IEnumerable<string> Names => _shapes.Keys;

    /// <summary>Columns of the scores without the background.</summary>
    public int ScoreCount { get; }

    /// <summary>The cells of the boxes.</summary>
    public DetectorGrid Grid { get; }

    /// <summary>Channels, height and width of a map.</summary>
    public (long Channels, long Height, long Width) MapSize(OnnxMap map) => map.Layout == OnnxLayout.ChannelsFirst
        ? (_shapes[map.Name][1], _shapes[map.Name][2], _shapes[map.Name][3])
        : (_shapes[map.Name][3], _shapes[map.Name][1], _shapes[map.Name][2]);

    /// <summary>[boxes, columns] of an output's values [1, values].</summary>
    public GraphValue Table(GraphBuilder graph, OnnxOutput output, GraphValue values)
    {
        long all = All(output);
        var table = output.Rows == OnnxRows.ValuesFirst ? graph.Transpose(graph.Reshape(values, all, -1), 1, 0) : graph.Reshape(values, -1, all);
        return output.Start == 0 && Columns(output) == all ? table : graph.Slice(table, 1, output.Start, output.Start + Columns(output));
    }

    private string? Problem(OnnxOutput output)
    {
        var shape = _shapes[output.Name];
        var rows = output.Rows;
        var told = $"output '{output.Name}' has the shape [{string.Join(", ", shape)}]";
        if (shape.Length < (rows == OnnxRows.OneValue ? 1 : 2) || (rows == OnnxRows.ValuesFirst && (shape.Length < 3 || shape[0] != 1)))
            return $"{told}, in which no rows are {rows}";
        var end = output.Start + (output.Count ?? 1);
        return end > All(output) ? $"{told}: no columns {output.Start} to {end - 1} of {All(output)}" : null;
    }

    private int Columns(OnnxOutput output) => output.Count ?? (All(output) - output.Start);

    private int All(OnnxOutput output) => output.Rows switch
    {
        OnnxRows.ValuesLast => (int)_shapes[output.Name][^1],
        OnnxRows.ValuesFirst => (int)_shapes[output.Name][1],
        _ => 1,
    };

    private int Rows(OnnxOutput output)
    {
        var shape = _shapes[output.Name];
        return output.Rows switch
        {
            OnnxRows.ValuesLast => (int)shape[..^1].Aggregate(1L, (product, side) => product * side),
            OnnxRows.ValuesFirst => (int)shape[2..].Aggregate(1L, (product, side) => product * side),
            _ => (int)shape.Aggregate(1L, (product, side) => product * side),
        };
    }

    private string Cells(OnnxBoxes boxes) => string.Join(", ", boxes.Levels.Select(level =>
    {
        var (columns, rows) = DetectorGrid.Cells(level, Width, Height);
        return $"{columns} x {rows} x {Math.Max(1, level.Anchors.Count)}";
    }));
}
