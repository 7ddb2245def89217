namespace MLNet.VisionLanguage.Regions;

/// <summary>The image that a detector sees and the cells of its levels, in the order of its boxes.</summary>
internal sealed class DetectorGrid
{
    /// <param name="boxes">How boxes are told.</param>
    /// <param name="width">Pixels across.</param>
    /// <param name="height">Pixels down.</param>
    /// <param name="bins">Of <see cref="OnnxBoxFormat.DistanceBins"/>.</param>
    public DetectorGrid(OnnxBoxes boxes, int width, int height, int bins = 0)
    {
        (Width, Height, Bins) = (width, height, bins);
        var places = boxes.Levels.SelectMany(level => Places(boxes, level)).ToArray();
        Count = places.Length;
        Middles = [.. places.SelectMany(place => new[] { place.X, place.Y })];
        CellSizes = [.. places.SelectMany(place => new[] { place.CellWidth, place.CellHeight, place.CellWidth, place.CellHeight })];
        Anchors =
        [
            .. places.SelectMany(place => new[]
            {
                place.X - (place.Width / 2), place.Y - (place.Height / 2), place.X + (place.Width / 2), place.Y + (place.Height / 2),
            }),
        ];
    }

    /// <summary>Pixels across.</summary>
    public float Width { get; }

    /// <summary>Pixels down.</summary>
    public float Height { get; }

    /// <summary>How many scores tell a distance.</summary>
    public int Bins { get; }

    /// <summary>How many boxes the levels have; 0 without levels.</summary>
    public int Count { get; }

    /// <summary>[boxes, 2]: x and y of the middle of each box's cell.</summary>
    public float[] Middles { get; }

    /// <summary>[boxes, 4]: width and height of each box's cell, twice.</summary>
    public float[] CellSizes { get; }

    /// <summary>[boxes, 4]: corners of each box's anchor.</summary>
    public float[] Anchors { get; }

    /// <summary>Cells across and down.</summary>
    public static (int Columns, int Rows) Cells(OnnxLevel level, float width, float height) =>
        (level.Columns ?? (int)MathF.Ceiling(width / level.Stride), level.Rows ?? (int)MathF.Ceiling(height / level.Stride));

    private IEnumerable<Place> Places(OnnxBoxes boxes, OnnxLevel level)
    {
        var (columns, rows) = Cells(level, Width, Height);
        var (across, down) = (Width / columns, Height / rows);
        IReadOnlyList<IReadOnlyList<float>> anchors = level.Anchors.Count > 0 ? level.Anchors : [[across, down]];
        for (var cell = 0; cell < columns * rows; cell++)
        {
            foreach (var anchor in anchors)
            {
                yield return new(
                    (cell % columns + boxes.CellOffset) * across,
                    (cell / columns + boxes.CellOffset) * down,
                    boxes.CutAnchors ? MathF.Min(anchor[0], Width) : anchor[0],
                    boxes.CutAnchors ? MathF.Min(anchor[1], Height) : anchor[1],
                    across,
                    down);
            }
        }
    }

    private readonly record struct Place(float X, float Y, float Width, float Height, float CellWidth, float CellHeight);
}
