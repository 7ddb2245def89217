using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.VisionLanguage.Tests.Support;
using Xunit;

namespace MLNet.VisionLanguage.Tests.Regions;

/// <summary>Boxes of the row as regions of an image.</summary>
public sealed class GridBoxesTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly MLContext _ml = new(seed: 1);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Boxes_are_cut_out_before_the_cells()
    {
        // Reds 0 1 2 3 / 10 11 12 13 / 20 .. / 30 ..
        var row = Extract(new() { Grid = 1, CellSize = 1, BoxesColumnName = "Boxes" }, [1, 1, 3, 3, 0, 0, 4, 1, 2.5f, 0, 3.5f, 2]);
        Assert.Equal([Red(16.5f), Red(1.5f), Red(7.5f), Red(16.5f)], row.RegionFeatures.Where((_, i) => i % 3 == 0), Near);
        Assert.Equal([1, 1, 3, 3, 0, 0, 4, 1, 2.5f, 0, 3.5f, 2, 0, 0, 4, 4], row.RegionBoxes);
        Assert.Equal([4, 4], row.ImageSize);
    }

    [Fact]
    public void Pixels_of_a_box_keep_their_places()
    {
        var row = Extract(new() { Grid = 0, CellSize = 2, BoxesColumnName = "Boxes" }, [1, 2, 3, 4]);
        Assert.Equal([Red(21), Red(22), Red(31), Red(32)], row.RegionFeatures.Where((_, i) => i % 3 == 0), Near);
        Assert.Equal([1, 2, 3, 4], row.RegionBoxes);
    }

    [Fact]
    public void A_box_of_nothing_is_a_pixel_and_what_is_beyond_the_image_is_cut_off()
    {
        var row = Extract(new() { Grid = 0, CellSize = 1, BoxesColumnName = "Boxes" }, [2, 1, 2, 1, -7, -7, 2, 1, 9, 9, 12, 12]);
        Assert.Equal([Red(12), Red(0.5f), Red(33)], row.RegionFeatures.Where((_, i) => i % 3 == 0), Near);
    }

    [Fact]
    public void Centred_boxes_lose_the_mean_colour_of_the_image()
    {
        var row = Extract(new() { Grid = 0, CellSize = 1, Centered = true, BoxesColumnName = "Boxes" }, [0, 0, 1, 1]);
        Assert.Equal([-16.5f / 127.5f, 0, 0], row.RegionFeatures, Near);
    }

    [Fact]
    public void A_saved_model_cuts_the_same_boxes()
    {
        var data = Rows([1, 1, 3, 3]);
        var model = Pipeline(new() { Grid = 2, CellSize = 2, BoxesColumnName = "Boxes" }).Fit(data);
        var expected = Read(model.Transform(data));
        _ml.Model.Save(model, data.Schema, _folder.File("model.zip"));
        foreach (var loaded in new[] { new MLContext().Model.Load(_folder.File("model.zip"), out _), new MLContext().VisionLanguage().Load(_folder.File("model.zip")) })
        {
            var found = Read(loaded.Transform(Rows([0, 0, 2, 2, 1, 1, 3, 3])));
            Assert.Equal(6 * 12, found.RegionFeatures.Length);
            Assert.Equal(expected.RegionFeatures[..12], found.RegionFeatures[12..24], Near);
            (loaded as IDisposable)?.Dispose();
        }
    }

    [Fact]
    public void Boxes_and_options_that_make_no_regions_are_told()
    {
        var options = new GridFeatureOptions { Grid = 0, BoxesColumnName = "Boxes" };
        Assert.Contains("column 'Boxes' has 3 values; four a box", Assert.ThrowsAny<Exception>(() => Extract(options, [1, 2, 3])).ToString());
        Assert.Contains("of one box at least", Assert.ThrowsAny<Exception>(() => Extract(options, [])).ToString());
        Assert.Contains("box 0 has NaN", Assert.ThrowsAny<Exception>(() => Extract(options, [0, 0, float.NaN, 2])).ToString());
        Assert.Contains("Grid", Assert.Throws<ArgumentOutOfRangeException>(() => Pipeline(new() { Grid = 0 })).Message);
        Assert.Contains("BoxesColumnName", Assert.Throws<ArgumentException>(() => Pipeline(new() { BoxesColumnName = "" })).Message);
        var missing = Assert.Throws<ArgumentException>(() => Pipeline(new() { BoxesColumnName = "Nothing" }).Fit(Rows([0, 0, 1, 1])));
        Assert.Contains("'Nothing'", missing.Message);
    }

    private Regions Extract(GridFeatureOptions options, float[] boxes)
    {
        var data = Rows(boxes);
        return Read(Pipeline(options).Fit(data).Transform(data));
    }

    private IEstimator<ITransformer> Pipeline(GridFeatureOptions options) =>
        _ml.Transforms.LoadImageFiles("Image", "", "Path").Append(_ml.Transforms.ExtractGridFeatures("Image", options));

    private IDataView Rows(float[] boxes)
    {
        var path = _folder.File("a.png");
        byte[] pixels = [.. Enumerable.Range(0, 16).SelectMany(i => new byte[] { (byte)((i / 4 * 10) + (i % 4)), 7, 9, 255 })];
        using var image = MLImage.CreateFromPixels(4, 4, MLPixelFormat.Rgba32, pixels);
        image.Save(path);
        return _ml.Data.LoadFromEnumerable([new Row { Path = path, Boxes = boxes }]);
    }

    private Regions Read(IDataView view) => _ml.Data.CreateEnumerable<Regions>(view, reuseRowObject: false).Single();

    private static float Red(float value) => (value / 127.5f) - 1;

    private static bool Near(float a, float b) => MathF.Abs(a - b) < 1e-5f;

    private sealed class Row
    {
        public string Path { get; set; } = "";

        public float[] Boxes { get; set; } = [];
    }

    private sealed class Regions
    {
        public float[] RegionFeatures { get; set; } = [];

        public float[] RegionBoxes { get; set; } = [];

        public float[] ImageSize { get; set; } = [];
    }
}
