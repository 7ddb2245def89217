namespace MLNet.VisionLanguage;

/// <summary>The boxes among a detector's outputs.</summary>
public sealed record OnnxBoxes
{
    /// <summary>The outputs, one after the other.</summary>
    public IReadOnlyList<OnnxOutput> Outputs { get; init; } = ["boxes"];

    /// <summary>What the numbers of a box tell.</summary>
    public OnnxBoxFormat Format { get; init; } = OnnxBoxFormat.Corners;

    /// <summary>Whether y stands before x, and height before width.</summary>
    public bool YFirst { get; init; }

    /// <summary>What the numbers count; <see cref="OnnxBoxFormat.Deltas"/> have none.</summary>
    public OnnxBoxUnits Units { get; init; } = OnnxBoxUnits.Pixels;

    /// <summary>The grids whose cells the boxes belong to, in the order of the boxes; empty where boxes need none.</summary>
    public IReadOnlyList<OnnxLevel> Levels { get; init; } = [];

    /// <summary>Where in its cell a box's middle is, from 0 to 1.</summary>
    public float CellOffset { get; init; } = 0.5f;

    /// <summary>Whether anchors are cut to the size of the image.</summary>
    public bool CutAnchors { get; init; }

    /// <summary>What <see cref="OnnxBoxFormat.Deltas"/> are multiplied by: of x, y, width, height.</summary>
    public IReadOnlyList<float> Variances { get; init; } = [1, 1, 1, 1];

    internal bool NeedsLevels =>
        Units == OnnxBoxUnits.Cells || Format is OnnxBoxFormat.Distances or OnnxBoxFormat.DistanceBins or OnnxBoxFormat.Deltas;

    internal IEnumerable<(string Option, string Problem)> Problems()
    {
        const string name = nameof(OnnxDetector.Boxes);
        if (Outputs is not { Count: > 0 }) yield return (name, "an output at least is expected");
        foreach (var problem in (Outputs ?? []).Select(output => output.Problem).OfType<string>()) yield return (name, problem);
        if (Variances is not { Count: 4 } || Variances.Any(value => value == 0))
            yield return ($"{name}.{nameof(Variances)}", "four numbers are expected, none 0");
        if (!(CellOffset is >= 0 and <= 1)) yield return ($"{name}.{nameof(CellOffset)}", $"{CellOffset} is not 0 to 1");
        if (NeedsLevels && Levels is not { Count: > 0 }) yield return ($"{name}.{nameof(Levels)}", $"{Format} in {Units} need a level at least");
        foreach (var (level, number) in (Levels ?? []).Select((level, number) => (level, number)))
        {
            var place = $"{name}.{nameof(Levels)}[{number}]";
            if (level.Stride <= 0 && (level.Columns, level.Rows) is not ( > 0, > 0))
                yield return (place, "a stride above 0, or columns and rows, are expected");
            if (level.Anchors.Any(anchor => anchor.Count != 2 || anchor.Any(side => !(side > 0))))
                yield return (place, "an anchor has a width and a height above 0");
            if (Format == OnnxBoxFormat.Deltas && level.Anchors.Count == 0) yield return (place, $"{Format} need an anchor at least");
        }
    }
}
