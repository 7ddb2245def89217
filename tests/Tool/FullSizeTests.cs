using System.Text.Json;
using MLNet.VisionLanguage.Tests.Regions;
using MLNet.VisionLanguage.Tests.Support;
using Xunit;
using Xunit.Abstractions;

namespace MLNet.VisionLanguage.Tests.Tool;

/// <summary>
/// The published base model at its full size, with random weights: 268,013,499 parameters. Needs some 4 GB of disk and a minute: works in
/// the folder that VL_FULL_SIZE names, where the checkpoint stays, else in a temporary one.
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
        using var temporary = new TemporaryFolder();
        var folder = Environment.GetEnvironmentVariable("VL_FULL_SIZE") is { Length: > 0 } given ? given : temporary.Path;
        string File(string name) => Path.Combine(folder, name);
        Directory.CreateDirectory(folder);
        WriteCheckpoint(File("full.safetensors"));
        System.IO.File.WriteAllText(File("config.json"), ViLbertConfig.Base.ToJson());
        var words = Enumerable.Range(5, ViLbertConfig.Base.VocabularySize - 5).Select(i => $"w{i}");
        System.IO.File.WriteAllLines(File("vocab.txt"), ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", .. words]);
        System.IO.File.WriteAllLines(File("answers.txt"), Enumerable.Range(0, Answers).Select(i => $"answer {i}"));
        var random = new Random(5);
        float[] features = [.. Enumerable.Range(0, 36 * 2048).Select(_ => random.NextSingle())];
        float[] boxes = [.. Enumerable.Range(0, 36).SelectMany(i => new float[] { i, i, 100 + i, 100 + i })];
        System.IO.File.WriteAllText(File("f.tsv"), FeatureFile.Row("one", 200, 200, boxes, features) + "\n");

        var converting = await Run(
            "convert", "--checkpoint", File("full.safetensors"), "--config", File("config.json"), "--vocabulary", File("vocab.txt"),
            "--answers", File("answers.txt"), "--output", File("m.zip"));
        Assert.Contains(" 0 missing, 0 unexpected, 0 of another shape", converting.Error);
        Assert.InRange(converting.Peak, 0, 5 * Gibibyte);
        var scoring = await Run(
            "score", "--model", File("m.zip"), "--features", File("f.tsv"), "--image-id", "one", "--question", "w7 w8 w9", "--json");
        Assert.StartsWith("{", scoring.Output);
        Assert.InRange(scoring.Peak, 0, 3 * Gibibyte);
    }

    private static void WriteCheckpoint(string path)
    {
        if (System.IO.File.Exists(path)) return;
        using var shapes = JsonDocument.Parse(System.IO.File.ReadAllBytes(
            TestData.Golden("vilbert", "full_shapes_VILBertForVLTasks_bert_base_6layer_6conect.json")));
        var tied = shapes.RootElement.GetProperty("tied").EnumerateObject().Select(pair => pair.Name).ToHashSet();
        var parameters = shapes.RootElement.GetProperty("shapes").EnumerateObject().Where(pair => !tied.Contains(pair.Name))
            .Select(pair => (pair.Name, Shape: pair.Value.Deserialize<long[]>()!)).ToList();
        Assert.Equal(268_013_499, parameters.Sum(p => p.Shape.Aggregate(1L, (a, b) => a * b)));
        SafeTensors.Write(path, parameters.Select(p => new NamedTensor(p.Name, TensorElementType.Float32, p.Shape, stream =>
        {
            var random = new Random(p.Name.Length);
            var values = new float[p.Shape.Aggregate(1L, (a, b) => a * b)];
            for (var i = 0; i < values.Length; i++)
                values[i] = (random.NextSingle() - 0.5f) * 0.04f;
            stream.Write(System.Runtime.InteropServices.MemoryMarshal.AsBytes(values.AsSpan()));
        })));
    }

    private Task<(string Output, string Error, long Peak)> Run(params string[] args) => MeasuredRun.Run(output, args);
}
