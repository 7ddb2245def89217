using System.Diagnostics;
using System.Text.Json;
using Microsoft.ML.Data;
using MLNet.VisionLanguage.Engine;
using MLNet.VisionLanguage.Heads;
using MLNet.VisionLanguage.Tests.Support;
using Xunit;
using Xunit.Abstractions;

namespace MLNet.VisionLanguage.Tests.Tool;

/// <summary>
/// FIBER's published VQA model at its full size and resolution, with random weights: 250 million parameters, images of 576 pixels. Needs some 3 GB
/// of disk.
/// </summary>
[Trait(LongTier.Tier, LongTier.Long)]
[Trait(LongTier.Part, "full-size")]
public class FiberFullSizeTests(ITestOutputHelper output)
{
    private const long Gibibyte = 1L << 30;
    private const int Answers = 3129, Side = 576;

    [SkippableFact]
    public async Task The_base_model_converts_reloads_and_answers_within_its_memory()
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "peak memory is read from /proc");
        using var folder = new FullSizeFolder();
        var config = FiberConfig.Base with { ImageSize = Side };
        var parameters = new TaskNetwork(config, config.FindAnswerClassifier(AnswerHead.Vqa), Answers).Parameters();

        // Gains about 1, so that 24 blocks one after the other give numbers that differ.
        var checkpoint = folder.Weights(
            "fiber.safetensors", parameters.Select(parameter => (parameter.Name, parameter.Shape, parameter.Role == ParameterRole.Gain ? 1f : 0)));
        File.WriteAllText(folder.File("fiber.json"), config.ToJson());
        File.WriteAllLines(folder.File("fiber-answers.txt"), Enumerable.Range(0, Answers).Select(i => $"answer {i}"));
        var (zip, picture) = (folder.File("fiber.zip"), folder.Noise("noise.png", Side, Side));

        var converting = await MeasuredRun.Run(
            output, "convert", "vqa", "--kind", "fiber", "--checkpoint", checkpoint, "--config", folder.File("fiber.json"), "--vocabulary",
            folder.Words("fiber.txt", config.VocabularySize), "--answers", folder.File("fiber-answers.txt"), "--output", zip);
        Assert.Contains(" 0 missing, 0 unexpected, 0 of another shape", converting.Error);
        Assert.InRange(converting.Peak, 0, 5 * Gibibyte);
        string[] ask = ["score", "--model", zip, "--image", picture, "--question", "w7 w8 w9", "--json"];
        var scoring = await MeasuredRun.Run(output, ask);
        using var answered = JsonDocument.Parse(scoring.Output);
        Assert.StartsWith("answer ", answered.RootElement.GetProperty("answers")[0].GetProperty("answer").GetString());
        Assert.InRange(scoring.Peak, 0, 6 * Gibibyte);
        SecondsAnImage(zip, config);
    }

    /// <summary>Of a model that is open, which a process that answers once does not tell.</summary>
    private void SecondsAnImage(string zip, FiberConfig config)
    {
        var context = new Microsoft.ML.MLContext(1);
        var model = context.VisionLanguage().Load(zip);
        using var dispose = model as IDisposable;
        var scorer = ((IEnumerable<Microsoft.ML.ITransformer>)model).OfType<VisualQuestionAnsweringTransformer>().Single();
        var schema = SchemaDefinition.Create(typeof(Row));
        schema[nameof(Row.PixelValues)].ColumnType = new VectorDataViewType(NumberDataViewType.Single, 3 * Side * Side);
        var random = new Random(2);
        var rows = Enumerable.Range(0, 2).Select(_ => new Row
        {
            InputIds = [2, 7, 8, 9, 3],
            AttentionMask = [1, 1, 1, 1, 1],
            TokenTypeIds = new long[5],
            PixelValues = [.. Enumerable.Range(0, 3 * config.ImageSize * config.ImageSize).Select(_ => random.NextSingle() - 0.5f)],
        }).ToList();
        for (var pass = 0; pass < 2; pass++)
        {
            var clock = Stopwatch.StartNew();
            var scores = scorer.TransformInBatches(context.Data.LoadFromEnumerable(rows, schema), 1).GetColumn<float[]>("Score").ToList();
            output.WriteLine($"pass {pass}: {clock.Elapsed.TotalSeconds / rows.Count:F2} s an image of {Side} pixels, on {Environment.ProcessorCount} cores");
            Assert.All(scores, own => Assert.All(own, score => Assert.InRange(score, 0, 1)));
            Assert.NotEqual(scores[0], scores[1]);
        }
    }

    private sealed class Row
    {
        public long[] InputIds { get; set; } = [];

        public long[] AttentionMask { get; set; } = [];

        public long[] TokenTypeIds { get; set; } = [];

        public float[] PixelValues { get; set; } = [];
    }
}
