using System.Runtime.InteropServices;
using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.VisionLanguage.Engine;
using MLNet.VisionLanguage.Models;
using MLNet.VisionLanguage.Tests.Support;
using Xunit;
using static TorchSharp.torch;

namespace MLNet.VisionLanguage.Tests.Regions;

/// <summary>VL-BERT's backbone in a pipeline: features of the boxes that a row gives.</summary>
public sealed class BoxFeaturesTests : IDisposable
{
    private static readonly VlBertBackbone Backbone = VlBertBackbone.Tiny with
    {
        StemChannels = 4,
        StageChannels = 8,
        WidthPerGroup = 4,
        ShorterSide = 60,
        LongerSide = 90,
        DilatesLastStage = true,
    };

    private readonly TemporaryFolder _folder = new();
    private readonly MLContext _ml = new(seed: 1);
    private readonly ModelParameters _weights;

    public BoxFeaturesTests()
    {
        _weights = new(Lister.List(engine => VlBertPixels.Features(engine, Backbone.ToNetwork(), new(1, 3, null, null), new(null, 5))), CPU);
        _weights.Initialize(WeightInitialization.Xavier, 0.02, 3);
    }

    public void Dispose()
    {
        _weights.Dispose();
        _folder.Dispose();
    }

    [Theory]
    [InlineData(120, 80)]
    [InlineData(61, 203)]
    [InlineData(17, 17)]
    public void The_graph_sees_what_TorchSharp_sees(int width, int height)
    {
        float[] boxes = [0, 0, width, height, width - 3, height - 2, width, height, 5, 5, 5, 5, -9, -9, 12, 8];
        var found = Extract(Write("w"), new DetectorInput { Image = Picture(width, height), Boxes = boxes }).Single();
        Assert.Equal(boxes, found.RegionBoxes);
        Assert.Equal([width, height], found.ImageSize);
        GoldenAssert.Close(OnTorch(width, height, boxes), found.RegionFeatures, 1e-4, "features");
    }

    [Fact]
    public void Images_of_any_size_and_no_box()
    {
        var rows = Extract(
            Write("w"), new DetectorInput { Image = Picture(1, 1), Boxes = [0, 0, 1, 1] }, new DetectorInput { Image = Picture(30, 40) },
            new DetectorInput { Image = Picture(300, 2), Boxes = [0, 0, 300, 2] });
        Assert.Equal([64, 0, 64], rows.Select(row => row.RegionFeatures.Length));
        Assert.All(rows, row => Assert.All(row.RegionFeatures, value => Assert.True(float.IsFinite(value))));
    }

    /// <summary>The names of a ResNet alone, and the second name that the reference's checkpoints have for the fifth stage.</summary>
    [Theory]
    [InlineData("image_feature_extractor.backbone.", "image_feature_extractor.roi_head_feature_extractor.")]
    [InlineData("image_feature_extractor.backbone.", "image_feature_extractor.head.0.")]
    [InlineData("", "layer4.")]
    [InlineData("module.", "module.layer4.")]
    public void Published_names_load(string backbone, string last)
    {
        var row = new DetectorInput { Image = Picture(50, 40), Boxes = [1, 2, 30, 40] };
        var path = Write("named", name => name
            .Replace("image_feature_extractor.backbone.", backbone, StringComparison.Ordinal)
            .Replace("image_feature_extractor.roi_head_feature_extractor.", last, StringComparison.Ordinal));
        Assert.Equal(Extract(Write("w"), row).Single().RegionFeatures, Extract(path, row).Single().RegionFeatures);
    }

    [Fact]
    public void A_saved_model_gives_the_same_numbers_and_writes_its_weights()
    {
        var data = Rows(new DetectorInput { Image = Picture(50, 40), Boxes = [1, 2, 30, 40, 0, 0, 50, 40] });
        var model = _ml.Transforms.ExtractRegionFeatures("Image", Write("w"), Options()).Fit(data);
        Assert.Equal(
            ["Image", "Boxes", "RegionFeatures", "RegionBoxes", "ImageSize"],
            model.GetOutputSchema(data.Schema).Where(column => !column.IsHidden).Select(column => column.Name));
        Assert.Equal(model.GetOutputSchema(data.Schema).Count, model.Transform(data).Schema.Count);
        _ml.Model.Save(model, data.Schema, _folder.File("m.zip"));
        var expected = Read(model.Transform(data)).Single().RegionFeatures;
        Assert.Equal(expected, Read(new MLContext().Model.Load(_folder.File("m.zip"), out _).Transform(data)).Single().RegionFeatures);
        var loaded = Assert.IsType<ExtractRegionFeaturesTransformer>(_ml.VisionLanguage().Load(_folder.File("m.zip")));
        Assert.Equal((64, 14, "Boxes"), (loaded.FeatureSize, loaded.Backbone!.Depth, loaded.BoxesColumnName));
        loaded.SaveWeights(_folder.File("again.safetensors"));
        Assert.Equal(expected, Extract(_folder.File("again.safetensors"), [.. _ml.Data.CreateEnumerable<DetectorInput>(data, false)]).Single().RegionFeatures);
    }

    [Fact]
    public void What_does_not_go_together_is_named()
    {
        Assert.Contains("Detector", Refused(options => options.Detector = FasterRcnnConfig.Tiny));
        Assert.Contains("Choice", Refused(options => options.Choice = RegionChoice.Best));
        Assert.Contains("Classes", Refused(options => options.Classes = ["a"]));
        Assert.Contains("BoxesColumnName", Refused(options => options.BoxesColumnName = null));
        Assert.Contains("IMAGE_FROZEN_BACKBONE_STAGES", Refused(options => options.Backbone = Backbone with { FrozenStages = [3] }));
        var mismatch = Assert.Throws<CheckpointMismatchException>(() => _ml.Transforms.ExtractRegionFeatures(
            "Image", Write("w"), Options(options => options.Backbone = Backbone with { Depth = 26 })).Fit(Rows(new DetectorInput())));
        Assert.Contains("layer1.1.conv1.weight", mismatch.Message);

        string Refused(Action<RegionFeatureOptions> change) => Assert.ThrowsAny<ArgumentException>(
            () => _ml.Transforms.ExtractRegionFeatures("Image", "w", Options(change))).Message;
    }

    private static RegionFeatureOptions Options(Action<RegionFeatureOptions>? change = null)
    {
        var options = new RegionFeatureOptions { Backbone = Backbone, Choice = RegionChoice.Given, BoxesColumnName = "Boxes" };
        change?.Invoke(options);
        return options;
    }

    private float[] OnTorch(int width, int height, float[] boxes)
    {
        using var scope = NewDisposeScope();
        using var gradients = no_grad();
        var engine = new TorchEngine(_weights);
        var network = Backbone.ToNetwork();
        var image = Picture(width, height);
        float[] pixels = [.. Enumerable.Range(0, width * height).SelectMany(
            i => new[] { 2, 1, 0 }.Select(channel => (float)image.Pixels[(4 * i) + channel]))];
        var (rows, columns) = FasterRcnnNetwork.ResizedSize(network, height, width);
        var looked = FasterRcnnNetwork.Normalize(engine, network, tensor(pixels, [height, width, 3]), tensor(new long[] { rows, columns }));
        float[] numbered = [.. boxes.Chunk(4).SelectMany(box => box
            .Select((place, i) => i % 2 == 0 ? Math.Clamp(place * columns / width, 0, columns) : Math.Clamp(place * rows / height, 0, rows))
            .Prepend(0))];
        return TorchGolden(VlBertPixels.Features(engine, network, looked, tensor(numbered, [boxes.Length / 4, 5])));

        static float[] TorchGolden(Tensor x) => x.contiguous().data<float>().ToArray();
    }

    private string Write(string file, Func<string, string>? rename = null)
    {
        var path = _folder.File(file + ".safetensors");
        SafeTensors.Write(path, _weights.Specs.Where(spec => spec.Role != ParameterRole.Unused).Select(spec => new NamedTensor(
            rename?.Invoke(spec.Name) ?? spec.Name, TensorElementType.Float32, spec.Shape,
            stream => stream.Write(MemoryMarshal.AsBytes<float>(_weights.Read(spec.Name))))));
        return path;
    }

    private static MLImage Picture(int width, int height)
    {
        var pixels = new byte[width * height * 4];
        for (var i = 0; i < pixels.Length; i++) pixels[i] = i % 4 == 3 ? byte.MaxValue : (byte)((i * 7) + (i / 97 * 31));
        return MLImage.CreateFromPixels(width, height, MLPixelFormat.Rgba32, pixels);
    }

    private IDataView Rows(params DetectorInput[] rows) => _ml.Data.LoadFromEnumerable(rows);

    private DetectorOutput[] Extract(string checkpoint, params DetectorInput[] rows)
    {
        var data = Rows(rows);
        using var model = _ml.Transforms.ExtractRegionFeatures("Image", checkpoint, Options()).Fit(data);
        return Read(model.Transform(data));
    }

    private DetectorOutput[] Read(IDataView view) => [.. _ml.Data.CreateEnumerable<DetectorOutput>(view, reuseRowObject: false)];
}
