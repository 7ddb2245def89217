using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms.Image;
using MLNet.VisionLanguage.Tests.Support;
using Xunit;

namespace MLNet.VisionLanguage.Tests.Regions;

public sealed class ExtractGridFeaturesTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly MLContext _ml = new(seed: 1);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Cells_hold_their_pixels_row_by_row_from_minus_one_to_one()
    {
        // 4 x 2 pixels, 2 x 2 cells of 1 x 1: each cell is the mean of 2 x 1 pixels.
        Save("a.png", 4, 2, (x, y) => ((byte)(y * 100 + x * 10), (byte)(255 - x), (byte)y));
        var row = Extract(new GridFeatureOptions { Grid = 2, CellSize = 1 }, "a.png").Single();
        float[] expected =
        [
            Scaled(5), Scaled(254.5f), Scaled(0), Scaled(25), Scaled(252.5f), Scaled(0),
            Scaled(105), Scaled(254.5f), Scaled(1), Scaled(125), Scaled(252.5f), Scaled(1),
        ];
        Assert.Equal(expected, row.RegionFeatures, Near);
        Assert.Equal([0, 0, 2, 1, 2, 0, 4, 1, 0, 1, 2, 2, 2, 1, 4, 2], row.RegionBoxes, Near);
        Assert.Equal([4, 2], row.ImageSize);
    }

    [Fact]
    public void Pixels_of_a_cell_keep_their_places()
    {
        // Cells as large as their pixels: nothing is averaged.
        Save("a.png", 4, 4, (x, y) => ((byte)(y * 4 + x), 0, 255));
        var row = Extract(new GridFeatureOptions { Grid = 2, CellSize = 2 }, "a.png").Single();
        int[] reds = [0, 1, 4, 5, 2, 3, 6, 7, 8, 9, 12, 13, 10, 11, 14, 15];
        Assert.Equal(reds.SelectMany(red => new[] { Scaled(red), -1, 1 }), row.RegionFeatures, Near);
    }

    [Fact]
    public void Centred_cells_lose_the_mean_colour_of_the_image()
    {
        // Reds 0, 20, 40, 60 have the mean 30; the coarse cell keeps it.
        Save("a.png", 2, 2, (x, y) => ((byte)((y * 40) + (x * 20)), 7, 9));
        var row = Extract(new GridFeatureOptions { Grid = 2, CoarseGrid = 1, CellSize = 1, Centered = true }, "a.png").Single();
        int[] reds = [-30, -10, 10, 30];
        float[] whole = [Scaled(30), Scaled(7), Scaled(9)];
        Assert.Equal(reds.SelectMany(red => new[] { red / 127.5f, 0, 0 }).Concat(whole), row.RegionFeatures, Near);
    }

    [Fact]
    public void Sides_that_do_not_divide_are_averaged_by_overlap()
    {
        // 3 columns in 2 cells: the middle one counts half for each.
        Save("a.png", 3, 1, (x, _) => ((byte)(x * 60), 0, 0));
        var row = Extract(new GridFeatureOptions { Grid = 2, CellSize = 1 }, "a.png").Single();
        Assert.Equal([Scaled(20), Scaled(100), Scaled(20), Scaled(100)], row.RegionFeatures.Where((_, i) => i % 3 == 0), Near);
        Assert.Equal([0, 0, 1.5f, 0.5f, 1.5f, 0, 3, 0.5f, 0, 0.5f, 1.5f, 1, 1.5f, 0.5f, 3, 1], row.RegionBoxes, Near);
    }

    [Fact]
    public void An_image_of_one_pixel_fills_every_cell()
    {
        Save("a.png", 1, 1, (_, _) => (51, 102, 204));
        var row = Extract(new GridFeatureOptions { Grid = 3, CellSize = 2 }, "a.png").Single();
        var pixel = new[] { Scaled(51), Scaled(102), Scaled(204) };
        Assert.Equal(Enumerable.Repeat(pixel, 9 * 4).SelectMany(p => p), row.RegionFeatures, Near);
        Assert.Equal([1, 1], row.ImageSize);
    }

    [Fact]
    public void The_coarse_grid_follows_the_fine_one()
    {
        Save("a.png", 8, 8, (x, y) => ((byte)(x * 8 + y), (byte)(x * y), 7));
        var both = Extract(new GridFeatureOptions { Grid = 4, CoarseGrid = 2, CellSize = 2 }, "a.png").Single();
        var fine = Extract(new GridFeatureOptions { Grid = 4, CellSize = 2 }, "a.png").Single();
        var coarse = Extract(new GridFeatureOptions { Grid = 2, CellSize = 2 }, "a.png").Single();
        Assert.Equal([.. fine.RegionFeatures, .. coarse.RegionFeatures], both.RegionFeatures);
        Assert.Equal([.. fine.RegionBoxes, .. coarse.RegionBoxes], both.RegionBoxes);
        Assert.Equal(20 * 12, both.RegionFeatures.Length);
    }

    [Fact]
    public void Images_of_different_sizes_are_rows_of_one_view()
    {
        Save("a.png", 13, 7, (x, y) => ((byte)(x * 19), (byte)(y * 30), 9));
        Save("b.jpg", 64, 48, (x, y) => ((byte)(x * 2), (byte)(y * 2), 99));
        Save("c.png", 5, 90, (x, y) => (1, 2, (byte)(x + y)));
        var options = new GridFeatureOptions { Grid = 3, CellSize = 4 };
        var together = Extract(options, "a.png", "b.jpg", "c.png");
        foreach (var (row, name) in together.Zip(["a.png", "b.jpg", "c.png"]))
        {
            using var image = MLImage.CreateFromFile(_folder.File(name));
            Assert.Equal([image.Width, image.Height], row.ImageSize);
            Assert.Equal(Expected(image, 3, 4), row.RegionFeatures, Near);
        }
    }

    [Fact]
    public void Both_pixel_orders_give_red_green_blue()
    {
        var rgba = new Picture { Image = MLImage.CreateFromPixels(2, 1, MLPixelFormat.Rgba32, [10, 20, 30, 255, 40, 50, 60, 255]) };
        var bgra = new Picture { Image = MLImage.CreateFromPixels(2, 1, MLPixelFormat.Bgra32, [30, 20, 10, 255, 60, 50, 40, 255]) };
        var data = _ml.Data.LoadFromEnumerable([rgba, bgra]);
        var rows = Read(_ml.Transforms.ExtractGridFeatures("Image", options: new() { Grid = 1, CellSize = 1 }).Fit(data).Transform(data));
        Assert.Equal([Scaled(25), Scaled(35), Scaled(45)], rows[0].RegionFeatures, Near);
        Assert.Equal(rows[0].RegionFeatures, rows[1].RegionFeatures);
    }

    [Fact]
    public void A_saved_model_gives_the_same_numbers_and_is_recognised()
    {
        Save("a.png", 31, 17, (x, y) => ((byte)(x * 8), (byte)(y * 15), (byte)(x * y)));
        var data = Paths("a.png");
        var options = new GridFeatureOptions { Grid = 3, CoarseGrid = 1, CellSize = 3, RegionFeaturesColumnName = "F", RegionBoxesColumnName = "B", ImageSizeColumnName = "S" };
        var model = Pipeline(options).Fit(data);
        _ml.Model.Save(model, data.Schema, _folder.File("model.zip"));

        var ml = new MLContext();
        var loaded = ml.Model.Load(_folder.File("model.zip"), out _);
        foreach (var column in new[] { "F", "B", "S" })
        {
            var expected = model.Transform(data).GetColumn<float[]>(column).Single();
            Assert.NotEmpty(expected);
            Assert.Equal(expected, loaded.Transform(data).GetColumn<float[]>(column).Single());
        }

        var chain = (IEnumerable<ITransformer>)ml.VisionLanguage().Load(_folder.File("model.zip"));
        var restored = Assert.Single(chain.OfType<ExtractGridFeaturesTransformer>());
        Assert.Equal(("Image", 10, 27), (restored.ImageColumnName, restored.RegionCount, restored.FeatureSize));
        Assert.Equal(27, options.FeatureSize);
    }

    [Fact]
    public void Only_the_three_columns_are_added()
    {
        Save("a.png", 4, 4, (_, _) => (1, 2, 3));
        var data = Paths("a.png");
        var estimator = Pipeline(new GridFeatureOptions());
        var schema = estimator.Fit(data).GetOutputSchema(data.Schema);
        string[] expected = ["ImagePath", "Image", "RegionFeatures", "RegionBoxes", "ImageSize"];
        Assert.Equal(expected, schema.Where(column => !column.IsHidden).Select(column => column.Name));
        Assert.Equal(expected.Order(), estimator.GetOutputSchema(SchemaShapeOf(data)).Select(column => column.Name).Order());
        Assert.Equal(new VectorDataViewType(NumberDataViewType.Single), schema["RegionFeatures"].Type);
        Assert.Equal(new VectorDataViewType(NumberDataViewType.Single), schema["RegionBoxes"].Type);
        Assert.Equal(new VectorDataViewType(NumberDataViewType.Single, 2), schema["ImageSize"].Type);
    }

    [Fact]
    public void A_prediction_engine_takes_one_image()
    {
        Save("a.png", 6, 6, (x, _) => ((byte)(x * 40), 0, 0));
        var data = Paths("a.png");
        var model = Pipeline(new GridFeatureOptions { Grid = 2, CellSize = 1 }).Fit(data);
        using var engine = _ml.Model.CreatePredictionEngine<Input, Output>(model);
        var expected = Read(model.Transform(data)).Single();
        Assert.Equal(expected.RegionFeatures, engine.Predict(new Input { ImagePath = _folder.File("a.png") }).RegionFeatures);
    }

    [Fact]
    public void Wrong_columns_and_options_are_named()
    {
        var data = _ml.Data.LoadFromEnumerable([new Input { ImagePath = "x" }]);
        Assert.Contains("'Picture'", Assert.Throws<ArgumentException>(() => _ml.Transforms.ExtractGridFeatures("Picture").Fit(data)).Message);
        Assert.Contains("'ImagePath'", Assert.Throws<ArgumentException>(() => _ml.Transforms.ExtractGridFeatures("ImagePath").Fit(data)).Message);
        foreach (var options in new GridFeatureOptions[]
        {
            new() { Grid = 0 }, new() { Grid = 65 }, new() { CellSize = 0 }, new() { CoarseGrid = 4 }, new() { CoarseGrid = 0 },
        })
        {
            Assert.Throws<ArgumentOutOfRangeException>(() => _ml.Transforms.ExtractGridFeatures("Image", options));
        }

        Assert.Contains("ImageSize", Assert.Throws<ArgumentException>(
            () => _ml.Transforms.ExtractGridFeatures("Image", options: new() { RegionBoxesColumnName = "ImageSize" })).Message);
    }

    [Fact]
    public void A_row_without_image_is_named()
    {
        var data = _ml.Data.LoadFromEnumerable([new Input { ImagePath = "" }]);
        var view = Pipeline(new GridFeatureOptions()).Fit(data).Transform(data);
        Assert.Contains("'Image'", Assert.ThrowsAny<Exception>(() => Read(view)).ToString());
    }

    private static float Scaled(float value) => value / 127.5f - 1;

    private static bool Near(float expected, float actual) => Math.Abs(expected - actual) <= 2e-6f * Math.Max(1, Math.Abs(expected));

    /// <summary>The definition, pixel by pixel.</summary>
    private static float[] Expected(MLImage image, int grid, int cell)
    {
        var count = grid * cell;
        var (red, blue) = image.PixelFormat == MLPixelFormat.Rgba32 ? (0, 2) : (2, 0);
        var result = new List<float>();
        for (var region = 0; region < grid * grid; region++)
        {
            for (var pixel = 0; pixel < cell * cell; pixel++)
            {
                var (row, column) = (region / grid * cell + pixel / cell, region % grid * cell + pixel % cell);
                foreach (var channel in new[] { red, 1, blue })
                {
                    double sum = 0;
                    for (var y = 0; y < image.Height; y++)
                    {
                        for (var x = 0; x < image.Width; x++)
                            sum += Share(row, y, image.Height) * Share(column, x, image.Width) * image.Pixels[(y * image.Width + x) * 4 + channel];
                    }

                    result.Add((float)(sum / 127.5 - 1));
                }
            }
        }

        return [.. result];

        double Share(int wanted, int source, int side)
        {
            var stretch = side / (double)count;
            return Math.Max(0, Math.Min((wanted + 1) * stretch, source + 1) - Math.Max(wanted * stretch, source)) / stretch;
        }
    }

    private static SchemaShape SchemaShapeOf(IDataView data)
    {
        // A third party sees the shape of a view only when an estimator chain shows it.
        SchemaShape? shape = null;
        _ = new EstimatorChain<ITransformer>().Append(new ShapeProbe(s => shape = s)).Fit(data);
        return shape!;
    }

    private void Save(string name, int width, int height, Func<int, int, (byte Red, byte Green, byte Blue)> colour)
    {
        var pixels = new byte[width * height * 4];
        for (var i = 0; i < width * height; i++)
            (pixels[i * 4], pixels[i * 4 + 1], pixels[i * 4 + 2], pixels[i * 4 + 3]) = With255(colour(i % width, i / width));
        using var image = MLImage.CreateFromPixels(width, height, MLPixelFormat.Rgba32, pixels);
        image.Save(_folder.File(name));

        static (byte, byte, byte, byte) With255((byte Red, byte Green, byte Blue) c) => (c.Red, c.Green, c.Blue, 255);
    }

    private IDataView Paths(params string[] names) => _ml.Data.LoadFromEnumerable(names.Select(name => new Input { ImagePath = _folder.File(name) }).ToArray());

    private EstimatorChain<ExtractGridFeaturesTransformer> Pipeline(GridFeatureOptions options) =>
        _ml.Transforms.LoadImages("Image", "", "ImagePath").Append(_ml.Transforms.ExtractGridFeatures("Image", options));

    private Output[] Extract(GridFeatureOptions options, params string[] names)
    {
        var data = Paths(names);
        return Read(Pipeline(options).Fit(data).Transform(data));
    }

    private Output[] Read(IDataView view) => [.. _ml.Data.CreateEnumerable<Output>(view, reuseRowObject: false)];

    private sealed class Input
    {
        public string ImagePath { get; set; } = "";
    }

    private sealed class Picture
    {
        [ImageType(1, 2)]
        public MLImage? Image { get; set; }
    }

    private sealed class Output
    {
        public float[] RegionFeatures { get; set; } = [];

        public float[] RegionBoxes { get; set; } = [];

        public float[] ImageSize { get; set; } = [];
    }

    private sealed class ShapeProbe(Action<SchemaShape> show) : IEstimator<ITransformer>
    {
        public ITransformer Fit(IDataView input) => new TransformerChain<ITransformer>();

        public SchemaShape GetOutputSchema(SchemaShape inputSchema)
        {
            show(inputSchema);
            return inputSchema;
        }
    }
}
