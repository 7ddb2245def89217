using System.Text.Json;
using MLNet.VisionLanguage.Tests.Regions;
using MLNet.VisionLanguage.Tests.Support;
using Xunit;
using Xunit.Abstractions;

namespace MLNet.VisionLanguage.Tests.Tool;

/// <summary>
/// The published base model at its full size, with random weights: 268,013,499 parameters. Needs some 4 GB of disk and a minute.
/// </summary>
[Trait(LongTier.Tier, LongTier.Long)]
[Trait(LongTier.Part, "full-size")]
public class FullSizeTests(ITestOutputHelper output)
{
    private const long Gibibyte = 1L << 30;
    private const int Answers = 3129;

    [SkippableFact]
    public async Task The_base_model_converts_and_scores_within_its_memory()
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "peak memory is read from /proc");
        using var folder = new FullSizeFolder();
        var checkpoint = WriteCheckpoint(folder);
        File.WriteAllText(folder.File("config.json"), ViLbertConfig.Base.ToJson());
        File.WriteAllLines(folder.File("answers.txt"), Enumerable.Range(0, Answers).Select(i => $"answer {i}"));
        var random = new Random(5);
        float[] features = [.. Enumerable.Range(0, 36 * 2048).Select(_ => random.NextSingle())];
        float[] boxes = [.. Enumerable.Range(0, 36).SelectMany(i => new float[] { i, i, 100 + i, 100 + i })];
        File.WriteAllText(folder.File("f.tsv"), FeatureFile.Row("one", 200, 200, boxes, features) + "\n");

        var converting = await Run(
            "convert", "--checkpoint", checkpoint, "--config", folder.File("config.json"), "--vocabulary",
            folder.Words("vocab.txt", ViLbertConfig.Base.VocabularySize), "--answers", folder.File("answers.txt"), "--output", folder.File("m.zip"));
        Assert.Contains(" 0 missing, 0 unexpected, 0 of another shape", converting.Error);
        Assert.InRange(converting.Peak, 0, 5 * Gibibyte);
        var scoring = await Run(
            "score", "--model", folder.File("m.zip"), "--features", folder.File("f.tsv"), "--image-id", "one", "--question", "w7 w8 w9", "--json");
        Assert.StartsWith("{", scoring.Output);
        Assert.InRange(scoring.Peak, 0, 3 * Gibibyte);
    }

    private static string WriteCheckpoint(FullSizeFolder folder)
    {
        using var shapes = JsonDocument.Parse(File.ReadAllBytes(
            TestData.Golden("vilbert", "full_shapes_VILBertForVLTasks_bert_base_6layer_6conect.json")));
        var tied = shapes.RootElement.GetProperty("tied").EnumerateObject().Select(pair => pair.Name).ToHashSet();
        var parameters = shapes.RootElement.GetProperty("shapes").EnumerateObject().Where(pair => !tied.Contains(pair.Name))
            .Select(pair => (pair.Name, Shape: pair.Value.Deserialize<long[]>()!)).ToList();
        Assert.Equal(268_013_499, parameters.Sum(p => p.Shape.Aggregate(1L, (a, b) => a * b)));
        return folder.Weights("full.safetensors", parameters.Select(p => (p.Name, (IReadOnlyList<long>)p.Shape, 0f)));
    }

    private Task<(string Output, string Error, long Peak)> Run(params string[] args) => MeasuredRun.Run(output, args);
}
