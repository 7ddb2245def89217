using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms;
using MLNet.VisionLanguage.Tests.Images;
using MLNet.VisionLanguage.Tests.Support;
using SkiaSharp;
using Xunit;

namespace MLNet.VisionLanguage.Tests.Regions;

/// <summary>Features of ML.NET's own ResNet-18, held against what ML.NET computes with it.</summary>
public sealed class GridBackboneTests : IDisposable
{
    private const int Side = 224;

    private readonly TemporaryFolder _folder = new();
    private readonly MLContext _ml = new(1);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void The_mean_of_the_last_map_is_ml_nets_feature()
    {
        var rows = Rows(Side, Side);
        var theirs = _ml.Transforms.LoadImages("Image", "", "ImagePath")
            .Append(_ml.Transforms.ResizeImages("Image", Side, Side))
            .Append(_ml.Transforms.ExtractPixels("Pixels", "Image"))
            .Append(_ml.Transforms.DnnFeaturizeImage("Feature", input => input.ModelSelector.ResNet18(_ml, input.OutputColumn, input.InputColumn), "Pixels"))
            .Fit(rows).Transform(rows).GetColumn<float[]>("Feature").Single();
        var ours = Extract(rows, grid: 7, coarseGrid: 1).Transform(rows);
        var features = ours.GetColumn<float[]>("RegionFeatures").Single();
        Assert.Equal((50 * 512, 512), (features.Length, theirs.Length));
        for (var i = 0; i < theirs.Length; i++)
        {
            Assert.Equal(theirs[i], features[(49 * 512) + i], 2e-3f);
            Assert.Equal(theirs[i], Enumerable.Range(0, 49).Average(cell => features[(cell * 512) + i]), 2e-3f);
        }

        Assert.InRange(theirs.Max(), 0.5f, 100);
        Assert.Equal([0f, 0, Side, Side], ours.GetColumn<float[]>("RegionBoxes").Single()[^4..]);
    }

    [Theory]
    [InlineData(3, 14, 256)]
    [InlineData(4, 5, 512)]
    public void Maps_of_any_size_are_cells_of_any_image(int layer, int grid, int size)
    {
        var rows = Rows(90, 50);
        using var model = Extract(rows, grid, layer: layer);
        var regions = model.Transform(rows);
        Assert.Equal(grid * grid * size, regions.GetColumn<float[]>("RegionFeatures").Single().Length);
        Assert.Equal([90f, 50], regions.GetColumn<float[]>("ImageSize").Single());
        Assert.Equal(size, Assert.IsType<ExtractGridFeaturesTransformer>(model.LastTransformer).FeatureSize);
    }

    [Fact]
    public void A_saved_model_has_the_network_in_it()
    {
        var rows = Rows(100, 80);
        using var model = Extract(rows, grid: 2);
        var zip = _folder.File("model.zip");
        _ml.VisionLanguage().Save(model, rows.Schema, zip);
        Assert.InRange(new FileInfo(zip).Length, 30_000_000, 60_000_000);
        var expected = model.Transform(rows).GetColumn<float[]>("RegionFeatures").Single();
        Assert.Equal(expected, new MLContext().Model.Load(zip, out _).Transform(rows).GetColumn<float[]>("RegionFeatures").Single());
        Assert.Equal(expected, new MLContext().VisionLanguage().Load(zip).Transform(rows).GetColumn<float[]>("RegionFeatures").Single());
    }

    [Fact]
    public void What_is_for_pixels_alone_is_refused()
    {
        Assert.Contains("BackboneLayer must be 3 or 4", Problem(new() { BackboneLayer = 2 }));
        Assert.Contains("Centered and BoxesColumnName are for cells of pixels", Problem(new() { Centered = true }));

        string Problem(GridFeatureOptions options)
        {
            options.Backbone = GridBackbone.ResNet18;
            return Assert.ThrowsAny<ArgumentException>(() => _ml.Transforms.ExtractGridFeatures("Image", options)).Message;
        }
    }

    private TransformerChain<ExtractGridFeaturesTransformer> Extract(IDataView rows, int grid, int? coarseGrid = null, int layer = 4) =>
        _ml.Transforms.LoadImageFiles("Image", "", "ImagePath")
            .Append(_ml.Transforms.ExtractGridFeatures("Image", grid: grid, coarseGrid: coarseGrid, backbone: GridBackbone.ResNet18, backboneLayer: layer))
            .Fit(rows);

    private IDataView Rows(int width, int height) => _ml.Data.LoadFromEnumerable([new Row
    {
        ImagePath = _folder.Write("image.png", Pictures.Encode(
            width, height, (x, y) => x / 20 % 2 == y / 30 % 2 ? new((byte)(x % 256), 90, (byte)(y % 256)) : Pictures.Noise(x, y), SKEncodedImageFormat.Png)),
    }]);

    private sealed class Row
    {
        public string ImagePath { get; set; } = "";
    }
}
