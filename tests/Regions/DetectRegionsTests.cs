using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms.Image;
using MLNet.VisionLanguage.Onnx;
using MLNet.VisionLanguage.Tests.Support;
using Xunit;

namespace MLNet.VisionLanguage.Tests.Regions;

/// <summary>Made-up ONNX detectors in a pipeline: they give the boxes that a test says, and their image as a map.</summary>
public sealed class DetectRegionsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly MLContext _ml = new(seed: 1);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void What_is_found_is_in_the_columns()
    {
        var model = Model([0, 0, 2, 2, 1, 1, 3, 3, 0, 0, 2, 1.9f], [0.2f, 0.8f, 0.9f, 0.1f, 0.1f, 0.7f], size: 4);
        var found = Extract(model, Detector(4) with { Classes = ["cat", "dog"], Overlap = 0.5 }, new() { Threshold = 0.5f }, Picture(8, 12)).Single();

        // The third overlaps with the first, of the same class, and is worse.
        Assert.Equal([0.9f, 0.8f], found.RegionScores);
        Assert.Equal([1u, 2u], found.RegionClasses);
        Assert.Equal([2f, 3, 6, 9, 0, 0, 4, 6], found.RegionBoxes);
        Assert.Equal([8f, 12], found.ImageSize);
    }

    [Theory]
    [InlineData(0, 100, 1)]
    [InlineData(2, 100, 2)]
    [InlineData(100, 100, 3)]
    [InlineData(2, 2, 2)]
    public void The_numbers_of_regions_are_the_options(int least, int most, int expected)
    {
        var model = Model([0, 0, 1, 1, 1, 1, 3, 3, 2, 2, 4, 4], [0.2f, 0.4f, 0.9f], size: 4, classes: 1);
        var options = new OnnxDetectorOptions { Threshold = 0.5f, MinRegions = least, MaxRegions = most };
        Assert.Equal(expected, Extract(model, Detector(4), options, Picture(4, 4)).Single().RegionScores.Length);
    }

    [Fact]
    public void Nothing_found_is_no_region()
    {
        var model = Model([0, 0, 1, 1], [0.1f], size: 4, classes: 1);
        foreach (var features in Enum.GetValues<DetectedFeatures>())
        {
            var found = Extract(model, Detector(4), new() { MinRegions = 0, Features = features, CropSide = 32 }, Picture(4, 4)).Single();
            Assert.Empty(found.RegionFeatures);
            Assert.Empty(found.RegionClasses);
            Assert.Equal([4f, 4], found.ImageSize);
        }
    }

    [Theory]
    [InlineData(OnnxLayout.ChannelsFirst, OnnxColours.RedFirst)]
    [InlineData(OnnxLayout.ChannelsLast, OnnxColours.BlueFirst)]
    [InlineData(OnnxLayout.ChannelsLast, OnnxColours.RedFirst)]
    public void The_model_sees_the_image_as_described(OnnxLayout layout, OnnxColours colours)
    {
        var detector = Detector(4) with
        {
            Layout = layout,
            Colours = colours,
            Mean = [10, 20, 30],
            Deviation = [2, 4, 5],
            Maps = [new() { Name = "map", Layout = layout }],
        };
        var model = Model([0, 0, 4, 4, 0, 0, 1, 1], [0.5f, 0.9f], size: 4, classes: 1, layout: layout);
        var found = Extract(model, detector, new(), Flat(9, 7, 50, 100, 200)).Single();
        float[] seen = colours == OnnxColours.RedFirst ? [20, 20, 34] : [95, 20, 4];
        Assert.Equal(2, found.RegionScores.Length);
        GoldenAssert.Close([.. seen, .. seen], found.RegionFeatures, 1e-4, "features");
    }

    [Theory]
    [InlineData(OnnxFit.Letterbox, 2)]
    [InlineData(OnnxFit.LetterboxTopLeft, 0)]
    public void Letterboxed_boxes_come_back_to_the_image(OnnxFit fit, int top)
    {
        // 16 x 8 becomes 8 x 4 of 8 x 8: the first box lies within its right half, the second in the filling.
        var filled = top == 0 ? 5 : 0.5f;
        var model = Model([5, top + 1, 7, top + 3, 1, filled, 7, filled + 1], [0.9f, 0.8f], size: 8, classes: 1);
        var detector = Detector(8) with { Fit = fit, Filling = 255, Deviation = [1, 1, 1], Maps = ["map"] };
        var found = Extract(model, detector, new(), Flat(16, 8, 50, 100, 200)).Single();
        Assert.Equal([10f, 2, 14, 6], found.RegionBoxes[..4]);
        GoldenAssert.Close([50, 100, 200, 255, 255, 255], found.RegionFeatures, 1e-3, "features");
    }

    [Fact]
    public void Features_are_scores_or_what_ResNet_sees_of_a_box()
    {
        var model = Model([0, 0, 1.5f, 4, 2.5f, 0, 4, 4], [0.9f, 0.1f, 0.2f, 0.8f], size: 4);
        var scores = Extract(model, Detector(4), new() { Features = DetectedFeatures.Scores }, Picture(40, 40)).Single();
        Assert.Equal([0.9f, 0.1f, 0.2f, 0.8f], scores.RegionFeatures);

        // A part of one colour, seen alone, is an image of that colour.
        var halves = Halves(64, 64);
        var seen = Extract(model, Detector(4), new() { Features = DetectedFeatures.ResNet18, CropSide = 64 }, halves).Single().RegionFeatures;
        Assert.Equal(2 * 512, seen.Length);
        GoldenAssert.Close(Whole(Flat(64, 64, 200, 40, 90)), seen[..512], 1e-3, "left");
        GoldenAssert.Close(Whole(Flat(64, 64, 10, 160, 30)), seen[512..], 1e-3, "right");

        float[] Whole(MLImage image)
        {
            var rows = Rows(image);
            return _ml.Transforms.ExtractGridFeatures("Image", grid: 2, coarseGrid: 1, backbone: GridBackbone.ResNet18).Fit(rows).Transform(rows)
                .GetColumn<float[]>("RegionFeatures").Single()[^512..];
        }
    }

    [Fact]
    public void A_saved_model_gives_the_same_numbers_and_is_recognised()
    {
        var path = Model([0, 0, 2, 2, 1, 1, 3, 3], [0.2f, 0.8f, 0.9f, 0.1f], size: 4);
        var rows = Rows(Picture(12, 8), Picture(5, 9));
        var detector = Detector(4) with { Maps = ["map"], Classes = ["one", "two"] };
        using var model = _ml.Transforms.DetectRegions("Image", path, detector, minRegions: 2).Fit(rows);
        var zip = _folder.File("detector.zip");
        _ml.VisionLanguage().Save(model, rows.Schema, zip);
        File.Delete(path);
        var expected = Read(model.Transform(rows));
        foreach (var loaded in new[] { new MLContext().Model.Load(zip, out _), new MLContext().VisionLanguage().Load(zip) })
        {
            foreach (var (one, other) in expected.Zip(Read(loaded.Transform(rows))))
            {
                Assert.Equal(one.RegionFeatures, other.RegionFeatures);
                Assert.Equal(one.RegionBoxes, other.RegionBoxes);
                Assert.Equal(one.RegionClasses, other.RegionClasses);
            }
        }

        var restored = new MLContext().VisionLanguage().Load(zip);
        var own = Assert.IsType<DetectRegionsTransformer>(restored is IEnumerable<ITransformer> chain ? chain.Single() : restored);
        Assert.Equal(("Image", 2, 3, DetectedFeatures.Maps), (own.ImageColumnName, own.MinRegions, own.FeatureSize, own.Features));
        Assert.Equal(["one", "two"], own.Classes);
    }

    [Fact]
    public void The_columns_are_announced()
    {
        var model = Model([0, 0, 2, 2], [0.2f, 0.8f], size: 4);
        var rows = Rows(Picture(4, 4));
        var estimator = _ml.Transforms.DetectRegions("Image", model, Detector(4), new OnnxDetectorOptions { RegionScoresColumnName = "Sure" });
        var schema = estimator.Fit(rows).GetOutputSchema(rows.Schema);
        Assert.Equal(
            ["Image", "Name", "RegionFeatures", "RegionBoxes", "ImageSize", "Sure", "RegionClasses"],
            schema.Where(column => !column.IsHidden).Select(column => column.Name));
        Assert.Equal(new VectorDataViewType(new KeyDataViewType(typeof(uint), 2)), schema["RegionClasses"].Type);
        var chain = estimator.Append(_ml.Transforms.Conversion.MapKeyToValue("Names", "RegionClasses"));
        Assert.Equal(["1"], chain.Fit(rows).Transform(rows).GetColumn<string[]>("Names").Single());
    }

    [Fact]
    public void What_is_wrong_is_named()
    {
        var path = Model([0, 0, 2, 2], [0.2f, 0.8f], size: 4);
        Assert.Contains("the model 'none.onnx' does not exist", Problem("none.onnx", Detector(4)));
        Assert.Contains("is no ONNX model", Problem(_folder.Write("text.onnx", "text"u8.ToArray()), Detector(4)));
        Assert.Contains("no input 'pixels'; its inputs are 'image' Float[1, 3, 4, 4]", Problem(path, Detector(4) with { InputName = "pixels" }));
        Assert.Contains("InputWidth is 5, but its input is 'image' Float[1, 3, 4, 4]", Problem(path, Detector(4) with { InputWidth = 5 }));
        Assert.Contains("is no image of Layout ChannelsLast", Problem(path, Detector(4) with { Layout = OnnxLayout.ChannelsLast }));
        Assert.Contains(
            "it has no value 'other'; its outputs are 'boxes' Float[1, 1, 4], 'scores' Float[1, 1, 2]",
            Problem(path, Detector(4) with { Scores = new() { Outputs = ["other"] } }));
        Assert.Contains(
            "Boxes: 2 values a box; 4 are expected of Corners; it gives 'scores' [1, 1, 2]",
            Problem(path, Detector(4) with { Boxes = new() { Outputs = ["scores"] } }));
        Assert.Contains("Classes: 3 names for 2 scores a box", Problem(path, Detector(4) with { Classes = ["a", "b", "c"] }));
        Assert.Contains(
            "they have 4 boxes (2 x 2 x 1), but there are 1",
            Problem(path, Detector(4) with { Boxes = new() { Format = OnnxBoxFormat.Distances, Levels = [new() { Stride = 2 }] } }));
        Assert.Contains(
            "no columns 1 to 2 of 2", Problem(path, Detector(4) with { Scores = new() { Outputs = [new() { Name = "scores", Start = 1, Count = 2 }] } }));
        Assert.Contains("Levels: Distances in Pixels need a level", Problem(path, Detector(4) with { Boxes = new() { Format = OnnxBoxFormat.Distances } }));
        Assert.Contains("Threshold: 2 is not 0 to 1", Problem(path, Detector(4), new() { Threshold = 2 }));
        Assert.Contains("of which it names none", Problem(path, Detector(4), new() { Features = DetectedFeatures.Maps }));
        Assert.Contains("MaxRegions", Problem(path, Detector(4), new() { MinRegions = 5, MaxRegions = 4 }));
        Assert.Contains("RegionBoxes", Problem(path, Detector(4), new() { RegionScoresColumnName = "RegionBoxes" }));

        string Problem(string file, OnnxDetector detector, OnnxDetectorOptions? options = null) => Assert.ThrowsAny<Exception>(
            () => _ml.Transforms.DetectRegions("Image", file, detector, options ?? new()).Fit(Rows(Picture(4, 4)))).Message;
    }

    [Fact]
    public void A_description_is_read_back_from_its_JSON()
    {
        var detector = OnnxDetector.UltraFace(320, 240);
        Assert.Equal(detector.ToJson(), OnnxDetector.Load(_folder.Write("d.json", System.Text.Encoding.UTF8.GetBytes(detector.ToJson()))).ToJson());
        Assert.Contains("'Levls'", Assert.Throws<InvalidDataException>(() => OnnxDetector.FromJson("""{"Boxes": {"Levls": []}}""")).Message);
        Assert.Contains("Mean", Assert.Throws<InvalidDataException>(() => OnnxDetector.FromJson("""{"Mean": [1]}""")).Message);
    }

    private static OnnxDetector Detector(int size) => new() { InputWidth = size, InputHeight = size };

    /// <summary>A model that gives these, and what it reads as "map".</summary>
    private string Model(float[] boxes, float[] scores, int size, int classes = 2, OnnxLayout layout = OnnxLayout.ChannelsFirst)
    {
        var graph = new GraphBuilder("detector");
        var image = layout == OnnxLayout.ChannelsFirst
            ? graph.Input("image", OnnxType.Float, 1, 3, size, size)
            : graph.Input("image", OnnxType.Float, 1, size, size, 3);

        // Of the image, though nothing of it counts.
        var nothing = graph.Slice(graph.Reshape(image, -1), 0, 0, 1) * 0;
        graph.Output("boxes", graph.Constant(boxes, 1, boxes.Length / 4, 4) + nothing, 1, boxes.Length / 4, 4);
        graph.Output("scores", graph.Constant(scores, 1, scores.Length / classes, classes) + nothing, 1, scores.Length / classes, classes);
        graph.Output("map", image, [.. layout == OnnxLayout.ChannelsFirst ? new Dim[] { 1, 3, size, size } : [1, size, size, 3]]);
        return _folder.Write("detector.onnx", graph.ToArray());
    }

    private static MLImage Picture(int width, int height) => Image(width, height, (x, y) => ((byte)(x * 9), (byte)(y * 7), (byte)(x * y)));

    private static MLImage Flat(int width, int height, byte red, byte green, byte blue) => Image(width, height, (_, _) => (red, green, blue));

    private static MLImage Halves(int width, int height) =>
        Image(width, height, (x, _) => x < width / 2 ? ((byte)200, (byte)40, (byte)90) : ((byte)10, (byte)160, (byte)30));

    private static MLImage Image(int width, int height, Func<int, int, (byte Red, byte Green, byte Blue)> colour)
    {
        var pixels = new byte[width * height * 4];
        for (var i = 0; i < width * height; i++)
        {
            var (red, green, blue) = colour(i % width, i / width);
            (pixels[4 * i], pixels[(4 * i) + 1], pixels[(4 * i) + 2], pixels[(4 * i) + 3]) = (red, green, blue, 255);
        }

        return MLImage.CreateFromPixels(width, height, MLPixelFormat.Rgba32, pixels);
    }

    private IDataView Rows(params MLImage[] images) => _ml.Data.LoadFromEnumerable(images.Select(image => new Input { Image = image }).ToArray());

    private Output[] Extract(string model, OnnxDetector detector, OnnxDetectorOptions options, params MLImage[] images)
    {
        var rows = Rows(images);
        options.Features ??= detector.Maps.Count > 0 ? DetectedFeatures.Maps : DetectedFeatures.Scores;
        if (options.Features == DetectedFeatures.Maps && detector.Maps.Count == 0) detector = detector with { Maps = ["map"] };
        using var transformer = _ml.Transforms.DetectRegions("Image", model, detector, options).Fit(rows);
        return Read(transformer.Transform(rows));
    }

    private Output[] Read(IDataView view) => [.. _ml.Data.CreateEnumerable<Output>(view, reuseRowObject: false)];

    private sealed class Input
    {
        [ImageType(1, 2)]
        public MLImage? Image { get; set; }

        public string Name { get; set; } = "";
    }

    private sealed class Output
    {
        public float[] RegionFeatures { get; set; } = [];

        public float[] RegionBoxes { get; set; } = [];

        public float[] ImageSize { get; set; } = [];

        public float[] RegionScores { get; set; } = [];

        public uint[] RegionClasses { get; set; } = [];
    }
}
