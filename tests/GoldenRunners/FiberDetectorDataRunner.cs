using System.Text.Json;
using MLNet.VisionLanguage.Heads;
using MLNet.VisionLanguage.Models;
using MLNet.VisionLanguage.Optimization;
using MLNet.VisionLanguage.Tests.Support;
using MLNet.VisionLanguage.Tokenization;
using Xunit;

namespace MLNet.VisionLanguage.Tests.GoldenRunners;

/// <summary>fiber's detector: sizes of images, tokens of phrases, rates of parameters, boxes on arrays.</summary>
internal sealed class FiberDetectorDataRunner : IGoldenRunner
{
    public string System => "fiber";

    public IReadOnlyCollection<string> Kinds => ["fg_resize", "fg_positive_map", "fg_opt_groups", "fg_load_coarse", "fg_nms"];

    public string Engine => "data";

    public void Run(GoldenCase c)
    {
        switch (c.Kind)
        {
            case "fg_resize": CheckSizes(c); break;
            case "fg_positive_map": CheckTokens(c); break;
            case "fg_opt_groups": CheckRates(c); break;
            case "fg_load_coarse": CheckLoading(c); break;
            default: FiberDetectorArrays.CheckBoxes(c); break;
        }
    }

    private static void CheckSizes(GoldenCase c)
    {
        var images = c.Inputs["image_wh"].ToInt64s();
        foreach (var sides in c.Config.GetProperty("sizes").EnumerateArray().Select(sides => (Shorter: sides[0].GetInt32(), Longest: sides[1].GetInt32())))
        {
            var name = $"out_hw_{sides.Shorter}_{sides.Longest}";
            var sizes = images.Chunk(2).SelectMany(image =>
            {
                var (height, width) = FiberDetectorImages.ResizedSize((int)image[1], (int)image[0], sides.Shorter, sides.Longest);
                return new long[] { height, width };
            });
            GoldenAssert.Equal(c.Outputs[name], [.. sizes], c.Outputs[name].Shape, c, name);
        }
    }

    private static void CheckTokens(GoldenCase c)
    {
        int[] Characters(JsonElement values) => [.. values.EnumerateArray().Select(token => token.GetInt32())];
        var characters = Characters(c.Config.GetProperty("char_to_token"));
        List<int[]> phrases = [.. c.Config.GetProperty("tokens_positive").EnumerateArray().Select(spans => TokenSpans.Tokens(
            characters, spans.EnumerateArray().Select(span => new CharacterSpan(span[0].GetInt32(), span[1].GetInt32()))))];
        var shape = c.Outputs["positive_map"].Shape;
        var map = TokenSpans.Map(phrases, (int)shape[1]);
        var shares = map.Chunk((int)shape[1]).SelectMany(row => row.Select(mark => mark / (row.Sum() + 1e-6f)));
        GoldenAssert.Close(c, "positive_map", [.. shares], shape);
        var labels = c.Config.GetProperty("labels").EnumerateArray().Select(label => label.GetInt32().ToString()).ToList();
        foreach (var name in new[] { "label_to_tokens", "label_to_tokens_from_positive_map" })
            Equal(c.Json.GetProperty(name), labels, phrases);

        var prompt = DetectionPrompt.Of(
            c.Config.GetProperty("names").EnumerateArray().Select(name => name.GetString()!), c.Config.GetProperty("separation").GetString()!);
        Assert.Equal(c.Json.GetProperty("query").GetString(), prompt.Text);
        var ofQuery = Characters(c.Json.GetProperty("query_char_to_token"));
        Equal(c.Json.GetProperty("query_label_to_tokens"), labels, [.. prompt.Spans.Select(span => TokenSpans.Tokens(ofQuery, [span]))]);
    }

    private static void Equal(JsonElement expected, IReadOnlyList<string> labels, IReadOnlyList<int[]> found)
    {
        var tokens = labels.Zip(found).Where(pair => pair.Second.Length > 0).ToDictionary(pair => pair.First, pair => pair.Second);
        Assert.Equal(expected.EnumerateObject().Select(label => label.Name).Order(), tokens.Keys.Order());
        foreach (var label in expected.EnumerateObject())
            Assert.Equal(label.Value.EnumerateArray().Select(token => token.GetInt32()), tokens[label.Name]);
    }

    private static void CheckRates(GoldenCase c)
    {
        var rates = new DetectorRates(LearningRate: 1e-4, TextLearningRate: 1e-5, WeightDecay: 0.01);
        foreach (var parameter in c.Json.GetProperty("parameter_groups").EnumerateObject())
        {
            var (rate, decay) = rates.Of(parameter.Name);
            Assert.Equal(parameter.Value.GetProperty("lr").GetDouble(), rate, 1e-12);
            Assert.Equal(parameter.Value.GetProperty("weight_decay").GetDouble(), decay, 1e-12);
        }

        // The run's length follows from its last update.
        var updates = c.Inputs["iterations"].ToInt64s();
        var total = updates.Max() + 1;
        var schedule = new ScheduleFactor(LearningRateSchedule.WarmupSteps, 2000, total)
        {
            Steps = [Math.Floor(0.67 * total), Math.Floor(0.89 * total)],
            StepFactor = 0.1,
            Start = 0.001,
        };
        var factors = c.Outputs["lr_factor"].ToSingles();
        Assert.All(updates.Index(), pair => Assert.Equal(factors[pair.Index], schedule.At(pair.Item), 1e-7));
    }

    /// <summary>Of what learns; tables of places are no parameters here.</summary>
    private static void CheckLoading(GoldenCase c)
    {
        var config = FiberDetectorGolden.Config(c) with { MaxPositions = FiberDetectorGolden.Config(c).MaxTokens + 2 };
        var coarse = FiberConfig.Tiny with
        {
            ImageSize = FiberDetectorConfig.Multiple * config.WindowSize,
            WindowSize = null,
            PatchSize = config.PatchSize,
            Depths = config.Depths,
            ImageHeads = config.ImageHeads,
            VocabularySize = config.VocabularySize,
            TextHiddenSize = config.TextSize,
            TextLayers = config.TextLayers,
            TextHeads = config.TextHeads,
            TextIntermediateSize = 4 * config.TextSize,
            MaxPositions = config.MaxPositions,
            FusedBlocks = config.TextLayers - config.TextLayersAlone,
            FusionKind = "gated",
        };
        var found = CoarseWeights.Match(
            FiberDetectorNetwork.Parameters(config).Select(parameter => parameter.Spec),
            MatchingHead.PretrainingParameters(coarse).Select(parameter => parameter.Spec));
        var expected = c.Json.GetProperty("mapping").EnumerateObject()
            .Where(pair => pair.Value.ValueKind == JsonValueKind.String && !pair.Name.EndsWith("relative_position_index", StringComparison.Ordinal)
                && !pair.Name.EndsWith("position_ids", StringComparison.Ordinal))
            .ToDictionary(pair => pair.Name, pair => pair.Value.GetString()!);
        Assert.Equal(expected.OrderBy(pair => pair.Key, StringComparer.Ordinal), found.OrderBy(pair => pair.Key, StringComparer.Ordinal));
    }
}
