using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.VisionLanguage.Engine;
using MLNet.VisionLanguage.Models;
using MLNet.VisionLanguage.Tests.GoldenRunners;
using MLNet.VisionLanguage.Tests.Support;
using Xunit;
using static TorchSharp.torch;

namespace MLNet.VisionLanguage.Tests.Regions;

/// <summary>A detector of a few channels (the golden case's weights) in a pipeline.</summary>
public sealed class ExtractRegionFeaturesTests : IDisposable
{
    private static readonly string Checkpoint = TestData.Golden("frcnn", "e2e_single-a", "weights.safetensors");

    private readonly TemporaryFolder _folder = new();
    private readonly MLContext _ml = new(seed: 1);

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(RegionChoice.Best)]
    [InlineData(RegionChoice.Confident)]
    [InlineData(RegionChoice.Objects)]
    [InlineData(RegionChoice.Given)]
    public void The_graph_finds_what_TorchSharp_finds(RegionChoice choice)
    {
        float[] given = [5, 5, 40, 30, -10, 20, 300, 60, 90, 0, 91, 1];
        var row = new DetectorInput { Image = Picture(140, 97), Boxes = given };
        var options = Options(choice);
        var found = Extract(options, row).Single();
        var expected = OnTorch(options, row, given);

        Close(expected.Features, found.RegionFeatures, 2e-3f);
        Close(expected.Boxes, found.RegionBoxes, 0.1f);
        Close(expected.Scores, found.RegionScores, 1e-3f);
        Assert.Equal([140, 97], found.ImageSize);
        Assert.Equal(expected.Classes, found.RegionClasses.Select(key => key - 1L));
        Assert.Equal(expected.Attributes, found.RegionAttributes.Select(key => key - 1L));
        Assert.Equal(found.RegionScores.Length, found.RegionAttributeScores.Length);
        Assert.Equal(found.RegionScores.Length * 128, found.RegionFeatures.Length);
        if (choice == RegionChoice.Given) Assert.Equal(given, found.RegionBoxes);
        Assert.InRange(found.RegionScores.Length, choice == RegionChoice.Given ? 3 : 10, choice == RegionChoice.Best ? 36 : 46);
    }

    [Fact]
    public void The_numbers_of_regions_are_the_options()
    {
        var row = new DetectorInput { Image = Picture(100, 100) };
        RegionFeatureOptions With(RegionChoice choice, int least, int most, float confidence = 0.2f) => Options(choice, options =>
            (options.MinRegions, options.MaxRegions, options.Confidence) = (least, most, confidence));
        Assert.Equal(4, Extract(With(RegionChoice.Best, 4, 4), row).Single().RegionScores.Length);
        Assert.Equal(3, Extract(With(RegionChoice.Confident, 3, 3), row).Single().RegionScores.Length);
        Assert.Equal(25, Extract(With(RegionChoice.Confident, 25, 30, confidence: 1), row).Single().RegionScores.Length);
        Assert.Equal(30, Extract(With(RegionChoice.Confident, 7, 30, confidence: 0), row).Single().RegionScores.Length);
        // More than there are proposals: all that there are.
        Assert.Equal(46, Extract(With(RegionChoice.Confident, 90, 100), row).Single().RegionScores.Length);
    }

    [Fact]
    public void Images_of_any_size_and_no_box_at_all()
    {
        var rows = Extract(Options(RegionChoice.Best), new DetectorInput { Image = Picture(1, 1) }, new DetectorInput { Image = Picture(300, 7) }, new DetectorInput { Image = Picture(64, 80) });
        Assert.Equal(3, rows.Length);
        Assert.All(rows, row => Assert.NotEmpty(row.RegionScores));
        Assert.All(rows, row => Assert.All(row.RegionFeatures, value => Assert.True(float.IsFinite(value))));
        Assert.All(rows, row => Assert.All(row.RegionBoxes.Chunk(4), box =>
            Assert.True(box[0] >= 0 && box[1] >= 0 && box[2] <= row.ImageSize[0] + 0.01f && box[3] <= row.ImageSize[1] + 0.01f)));

        var none = Extract(Options(RegionChoice.Given), new DetectorInput { Image = Picture(30, 30) }).Single();
        Assert.Empty(none.RegionFeatures);
        Assert.Empty(none.RegionClasses);
        Assert.Equal([30, 30], none.ImageSize);
    }

    [Fact]
    public void Keys_have_names()
    {
        var options = Options(RegionChoice.Best);
        options.Classes = ["cat", "dog", "dog", .. Enumerable.Range(3, 8).Select(i => $"thing {i}")];
        var data = Rows(new DetectorInput { Image = Picture(100, 100) });
        var model = _ml.Transforms.ExtractRegionFeatures("Image", Checkpoint, options).Fit(data);
        var schema = model.GetOutputSchema(data.Schema);
        Assert.Equal(["cat", "dog", "dog (2)", "thing 3"], Names(schema["RegionClasses"]).Take(4));
        Assert.Equal(["0", "1", "2", "3", "4", "5", "6"], Names(schema["RegionAttributes"]));
        Assert.Equal((128, 11), (model.FeatureSize, model.Classes.Count));
        Assert.Empty(model.Match!.Missing);

        static IEnumerable<string> Names(DataViewSchema.Column column)
        {
            VBuffer<ReadOnlyMemory<char>> names = default;
            column.Annotations.GetValue("KeyValues", ref names);
            return names.DenseValues().Select(name => name.ToString());
        }
    }

    [Fact]
    public void A_saved_model_gives_the_same_numbers_and_is_recognised()
    {
        var data = Rows(new DetectorInput { Image = Picture(120, 80) }, new DetectorInput { Image = Picture(80, 120) });
        var model = _ml.Transforms.ExtractRegionFeatures("Image", Checkpoint, Options(RegionChoice.Confident)).Fit(data);
        _ml.VisionLanguage().Save(model, data.Schema, _folder.File("detector.zip"));
        var expected = Read(model.Transform(data));
        model.Dispose();

        var ml = new MLContext();
        AssertSame(expected, Read(ml.Model.Load(_folder.File("detector.zip"), out _).Transform(data)));
        var restored = Assert.IsType<ExtractRegionFeaturesTransformer>(ml.VisionLanguage().Load(_folder.File("detector.zip")) is IEnumerable<ITransformer> chain
            ? chain.Single()
            : ml.VisionLanguage().Load(_folder.File("detector.zip")));
        AssertSame(expected, Read(restored.Transform(data)));
        Assert.Equal((RegionChoice.Confident, 10, 100, "Image"), (restored.Choice, restored.Detector.MinRegions, restored.Detector.MaxRegions, restored.ImageColumnName));
    }

    [Fact]
    public void The_columns_are_announced()
    {
        var data = Rows(new DetectorInput { Image = Picture(20, 20) });
        var options = Options(RegionChoice.Best);
        options.RegionScoresColumnName = "Sure";
        var schema = _ml.Transforms.ExtractRegionFeatures("Image", Checkpoint, options).Fit(data).GetOutputSchema(data.Schema);
        Assert.Equal(
            ["Image", "Boxes", "RegionFeatures", "RegionBoxes", "ImageSize", "Sure", "RegionAttributeScores", "RegionClasses", "RegionAttributes"],
            schema.Where(column => !column.IsHidden).Select(column => column.Name));
        Assert.Equal(new VectorDataViewType(NumberDataViewType.Single), schema["RegionFeatures"].Type);
        Assert.Equal(new VectorDataViewType(NumberDataViewType.Single), schema["Sure"].Type);
        Assert.Equal(new VectorDataViewType(new KeyDataViewType(typeof(uint), 11)), schema["RegionClasses"].Type);

        // A chain asks for the shape only, and gives it on to what follows.
        var chain = _ml.Transforms.ExtractRegionFeatures("Image", Checkpoint, options)
            .Append(_ml.Transforms.Conversion.MapKeyToValue("Names", "RegionClasses"));
        Assert.Contains("Names", chain.Fit(data).Transform(data).Schema.Select(column => column.Name));
    }

    [Fact]
    public void What_is_wrong_is_named()
    {
        DetectorInput[] rows = [new() { Image = Picture(20, 20), Boxes = [1, 2, 3] }, new()];
        var data = Rows(rows);
        string Refused(Action<RegionFeatureOptions> change, RegionChoice choice = RegionChoice.Best) => Assert.ThrowsAny<ArgumentException>(
            () => _ml.Transforms.ExtractRegionFeatures("Image", Checkpoint, Options(choice, change))).Message;
        Assert.Contains("Classes: 2 names; the detector tells 11 apart", Refused(options => options.Classes = ["a", "b"]));
        Assert.Contains("BoxesColumnName", Refused(options => options.BoxesColumnName = "Boxes"));
        Assert.Contains("BoxesColumnName", Refused(options => options.BoxesColumnName = null, RegionChoice.Given));
        Assert.Contains("Confidence", Refused(options => options.Confidence = 2));
        Assert.Contains("MinRegions", Refused(options => options.MinRegions = 50));
        Assert.Contains("RegionBoxes", Refused(options => options.RegionScoresColumnName = "RegionBoxes"));

        var other = Options(RegionChoice.Best, options => options.Detector = options.Detector! with { Classes = 12 });
        var mismatch = Assert.Throws<CheckpointMismatchException>(() => _ml.Transforms.ExtractRegionFeatures("Image", Checkpoint, other).Fit(data));
        Assert.Contains("cls_score", mismatch.Message);

        Assert.Contains("'Boxes' has 3 values", Failure(RegionChoice.Given, 0));
        Assert.Contains("'Image' holds no image", Failure(RegionChoice.Best, 1));

        string Failure(RegionChoice choice, int row)
        {
            using var model = _ml.Transforms.ExtractRegionFeatures("Image", Checkpoint, Options(choice)).Fit(data);
            return Assert.ThrowsAny<Exception>(() => Read(model.Transform(Rows(rows[row])))).ToString();
        }
    }

    private static RegionFeatureOptions Options(RegionChoice choice, Action<RegionFeatureOptions>? change = null)
    {
        using var c = GoldenCases.Get("frcnn", "e2e_single-a");
        var options = new RegionFeatureOptions
        {
            Detector = DetectronOptions.Read(c.Config.GetRawText(), "case") with { ShorterSide = 96, LongerSide = 160 },
            Choice = choice,
            BoxesColumnName = choice == RegionChoice.Given ? "Boxes" : null,
        };
        change?.Invoke(options);
        return options;
    }

    /// <summary>The same by the same description on the other engine.</summary>
    private static (float[] Features, float[] Boxes, float[] Scores, long[] Classes, long[] Attributes) OnTorch(
        RegionFeatureOptions options, DetectorInput row, float[] given)
    {
        var image = row.Image!;
        var isConfident = options.Choice == RegionChoice.Confident;
        var config = isConfident ? options.Detector! with { MinRegions = 10, MaxRegions = 100 } : options.Detector!;
        using var scope = NewDisposeScope();
        using var gradients = no_grad();
        using var c = GoldenCases.Get("frcnn", "e2e_single-a");
        var engine = new TorchEngine(TorchGolden.Parameters(c.Weights));
        float[] pixels = [.. Enumerable.Range(0, image.Width * image.Height).SelectMany(
            i => new[] { 2, 1, 0 }.Select(channel => (float)image.Pixels[(4 * i) + channel]))];
        var (height, width) = FasterRcnnNetwork.ResizedSize(config, image.Height, image.Width);
        var found = FasterRcnnNetwork.Find(
            engine,
            config,
            new(options.Choice),
            FasterRcnnNetwork.Normalize(engine, config, tensor(pixels, [image.Height, image.Width, 3]), tensor(new long[] { height, width })),
            tensor([height, (float)width]),
            tensor([(float)image.Height / height, (float)image.Width / width]),
            options.Choice == RegionChoice.Given ? tensor(given, [given.Length / 4, 4]) : null);
        return (
            TorchGolden.ToArray(found.Features), TorchGolden.ToArray(found.Boxes), TorchGolden.ToArray(found.Scores),
            found.Classes.data<long>().ToArray(), found.Attributes.data<long>().ToArray());
    }

    private static void Close(float[] expected, float[] found, float tolerance) => GoldenAssert.Close(expected, found, tolerance, "regions");

    private static void AssertSame(Output[] expected, Output[] found)
    {
        foreach (var (one, other) in expected.Zip(found, (one, other) => (one, other)))
        {
            Assert.NotEmpty(one.RegionFeatures);
            Assert.Equal(one.RegionFeatures, other.RegionFeatures);
            Assert.Equal(one.RegionBoxes, other.RegionBoxes);
            Assert.Equal(one.RegionClasses, other.RegionClasses);
            Assert.Equal(one.RegionAttributes, other.RegionAttributes);
        }

        Assert.Equal(expected.Length, found.Length);
    }

    private static MLImage Picture(int width, int height)
    {
        var pixels = new byte[width * height * 4];
        for (var i = 0; i < width * height; i++)
        {
            var (x, y) = (i % width, i / width);
            var isThing = (x / 17 + y / 23) % 3 == 0;
            (pixels[4 * i], pixels[(4 * i) + 1], pixels[(4 * i) + 2], pixels[(4 * i) + 3]) =
                ((byte)(isThing ? 230 : x), (byte)((x * y) % 251), (byte)(isThing ? 20 : 255 - y), 255);
        }

        return MLImage.CreateFromPixels(width, height, MLPixelFormat.Rgba32, pixels);
    }

    private IDataView Rows(params DetectorInput[] rows) => _ml.Data.LoadFromEnumerable(rows);

    private Output[] Extract(RegionFeatureOptions options, params DetectorInput[] rows)
    {
        var data = Rows(rows);
        using var model = _ml.Transforms.ExtractRegionFeatures("Image", Checkpoint, options).Fit(data);
        return Read(model.Transform(data));
    }

    private Output[] Read(IDataView view) => [.. _ml.Data.CreateEnumerable<Output>(view, reuseRowObject: false)];

    private sealed class Output : DetectorOutput
    {
        public float[] RegionScores { get; set; } = [];

        public float[] RegionAttributeScores { get; set; } = [];

        public uint[] RegionClasses { get; set; } = [];

        public uint[] RegionAttributes { get; set; } = [];
    }
}
