namespace MLNet.VisionLanguage.Tool.Inspection;

/// <summary>What a file or folder of region features holds.</summary>
internal static class FeatureFileReport
{
    /// <summary>A file of all COCO images has some 40 GB; the index tells its rows, and this many are decoded.</summary>
    private const int Decoded = 1000;

    public static FileReport Create(string path, CancellationToken cancellation)
    {
        using var reader = RegionFeatureReader.Open(path);
        var (regions, sizes, widths, heights) = (new Range(), new Range(), new Range(), new Range());
        var rows = new List<object?[]>();
        var problems = reader.Problems.ToList();
        foreach (var id in reader.ImageIds.Take(Decoded))
        {
            cancellation.ThrowIfCancellationRequested();
            ImageRegions image;
            try
            {
                image = reader.Read(id);
            }
            catch (InvalidDataException e)
            {
                problems.Add(e.Message);
                continue;
            }

            regions.Add(image.Count);
            sizes.Add(image.FeatureSize);
            widths.Add(image.Width);
            heights.Add(image.Height);
            rows.Add([id, image.Count, image.FeatureSize, image.Width, image.Height]);
        }

        // A damaged row harms its image alone; a file without a whole one is as good as none.
        if (rows.Count == 0) throw new InvalidDataException(problems[0]);
        return new FileReport(
            [
                new("file", path),
                new("kind", "region features"),
                new("format", reader.Format),
                new("rows", reader.ImageIds.Count),
                new("decoded", rows.Count),
                new("damaged", problems.Count == 0 ? null : problems.Count),
                new("regions", regions.ToString()),
                new("featureSize", sizes.ToString()),
                new("width", widths.ToString()),
                new("height", heights.ToString()),
            ],
            [
                new ReportList("images", ["imageId", "regions", "featureSize", "width", "height"], rows),
                new ReportList("problems", ["problem"], [.. problems.Select(problem => new object?[] { problem })]),
            ]);
    }

    private sealed class Range
    {
        private int _least = int.MaxValue;
        private int _most = int.MinValue;

        public void Add(int value) => (_least, _most) = (Math.Min(_least, value), Math.Max(_most, value));

        public override string ToString() => _least == _most ? $"{_least}" : $"{_least} to {_most}";
    }
}
