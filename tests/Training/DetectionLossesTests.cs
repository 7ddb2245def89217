using MLNet.VisionLanguage.Engine;
using MLNet.VisionLanguage.Models;
using MLNet.VisionLanguage.Objectives;
using MLNet.VisionLanguage.Tests.GoldenRunners;
using MLNet.VisionLanguage.Tests.Support;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace MLNet.VisionLanguage.Tests.Training;

/// <summary>A small detector learns where the squares of a picture are, through the losses of both of its stages.</summary>
[Collection(TorchCollection.Name)]
public sealed class DetectionLossesTests
{
    private const int Height = 96, Width = 128;

    // A bright square of class 3 and a dark one of class 7; the second has no attribute.
    private static readonly TrueObjects Truth = new([8, 10, 56, 58, 70, 40, 118, 88], [3, 7], [2, -1]);

    [Fact]
    public void It_finds_what_it_has_learnt()
    {
        using var scope = NewDisposeScope();
        var config = Config();
        using var parameters = Parameters(config);
        var engine = new TorchEngine(parameters);
        var losses = new DetectionLosses(engine, config, Targets(), new Random(1));
        var learning = parameters.Specs.Where(spec => !spec.IsFixed && spec.Role != ParameterRole.Unused).Select(spec => parameters[spec.Name]);
        using var optimizer = optim.Adam(learning, lr: 2e-3);
        var picture = Picture();
        double first = 0, last = 0;
        for (var step = 0; step < 80; step++)
        {
            using var inner = NewDisposeScope();
            optimizer.zero_grad();
            var parts = losses.Of(picture, [(Height, Width)], [Truth]);
            Assert.Equal(["loss_rpn_cls", "loss_rpn_loc", "loss_cls", "loss_box_reg", "loss_attr"], parts.Keys);
            var total = parts.Values.Aggregate((a, b) => a + b);
            total.backward();
            if (step == 0) CheckGradients(parameters);
            optimizer.step();
            last = total.ToDouble();
            if (step == 0) first = last;
        }

        Assert.True(last < first / 3, $"{first} to {last}");
        using var gradients = no_grad();
        var found = FasterRcnnNetwork.Find(
            engine, config with { MinRegions = 2, MaxRegions = 2, RegionOverlaps = [0.3] }, new(RegionChoice.Best), picture,
            tensor([(float)Height, Width]), ones(2));
        Assert.Equal([3L, 7L], found.Classes.data<long>().ToArray().Order());
        var boxes = TorchGolden.ToArray(found.Boxes);
        Assert.All(BoxMatcher.Overlaps(Truth.Boxes, boxes).Chunk(2), overlaps => Assert.True(overlaps.Max() > 0.5, string.Join(" ", boxes)));
    }

    [Fact]
    public void An_image_without_objects_teaches_that_there_are_none()
    {
        using var scope = NewDisposeScope();
        var config = Config();
        using var parameters = Parameters(config);
        var losses = new DetectionLosses(new TorchEngine(parameters), config, Targets(), new Random(1));
        var parts = losses.Of(cat([Picture(), Picture()]), [(Height, Width), (Height, Width)], [new([], [], []), new([], [], [])]);
        Assert.Equal(0, parts["loss_rpn_loc"].ToDouble());
        Assert.Equal(0, parts["loss_box_reg"].ToDouble());
        Assert.Equal(0, parts["loss_attr"].ToDouble());
        Assert.True(parts["loss_cls"].ToDouble() > 0 && parts["loss_rpn_cls"].ToDouble() > 0);
        parts.Values.Aggregate((a, b) => a + b).backward();
        Assert.All(parameters.Specs, spec => Assert.True(parameters[spec.Name].grad?.isfinite().all().ToBoolean() ?? true, spec.Name));
        Assert.Throws<ArgumentException>(() => losses.Of(Picture(), [], []));
    }

    private static void CheckGradients(ModelParameters parameters) => Assert.All(parameters.Specs, spec => Assert.Equal(
        !spec.IsFixed && spec.Role is not (ParameterRole.Unused or ParameterRole.Buffer), parameters[spec.Name].grad is not null));

    private static FasterRcnnConfig Config()
    {
        using var c = GoldenCases.Get("frcnn", "e2e_single-a");
        return DetectronOptions.Read(c.Config.GetRawText(), "case") with { FrozenStages = 1 };
    }

    private static DetectionTargets Targets() => new() { AnchorSampling = new(64, 0.5), RegionSampling = new(32, 0.25) };

    /// <summary>The golden case's weights, whose activations are of a usual size.</summary>
    private static ModelParameters Parameters(FasterRcnnConfig config)
    {
        using var c = GoldenCases.Get("frcnn", "e2e_single-a");
        return TorchGolden.Parameters(FasterRcnnNetwork.Parameters(config), c.Weights);
    }

    private static Tensor Picture()
    {
        var pixels = new float[3 * Height * Width];
        for (var i = 0; i < pixels.Length; i++)
        {
            var (y, x) = (i / Width % Height, i % Width);
            pixels[i] = x is >= 8 and < 56 && y is >= 10 and < 58 ? 100 : x is >= 70 and < 118 && y is >= 40 and < 88 ? -100 : (x * 7 + y * 3) % 11;
        }

        return tensor(pixels, [1, 3, Height, Width]);
    }
}
