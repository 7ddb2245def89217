using System.Formats.Tar;
using System.IO.Compression;
using Microsoft.ML;
using MLNet.VisionLanguage.Tests.Support;
using MLNet.VisionLanguage.Tests.Tool;
using Xunit;

namespace MLNet.VisionLanguage.Tests.Models;

/// <summary>AllenNLP's ViLBERT has the name of the reference's, but not its network, so it is told of and refused.</summary>
public sealed class AllenNlpViLbertTests
{
    private static readonly NamedTensor[] Small =
    [
        new("_backbone.image_embeddings.embeddings.location_embeddings.weight", [2, 4], new float[8]),
        new("_backbone.encoder.layers1.0.attention.self.query.weight", [2, 2], new float[4]),
        new("_backbone.encoder.c_layer.0.bimodal_attention.query1.weight", [2, 2], new float[4]),
        new("_heads.vqa.classifier.weight", [3, 2], new float[6]),
    ];

    [Fact]
    public void Its_names_are_told_from_ViLberts()
    {
        Assert.Equal("AllenNLP's ViLBERT", VisionLanguageModel.Guess(Small.Select(tensor => tensor.Name)));
        Assert.Equal("ViLBERT", VisionLanguageModel.Guess(["bert.encoder.c_layer.0.biattention.query1.weight"]));
    }

    [Fact]
    public void It_is_refused_with_what_does_not_map()
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("allen.safetensors");
        SafeTensors.Write(path, Small);
        AssertRefused(path);
    }

    [SkippableFact]
    public void The_published_file_is_refused_with_what_does_not_map()
    {
        var archive = TestData.SharedData("checkpoints_onnx/allennlp_vilbert_multitask/model.tar.gz");
        using var folder = new TemporaryFolder();
        using (var unpacked = new GZipStream(File.OpenRead(archive), CompressionMode.Decompress))
            TarFile.ExtractToDirectory(unpacked, folder.Path, overwriteFiles: false);
        AssertRefused(folder.File("weights.th"));
        var report = ToolRun.Run("inspect", folder.File("weights.th"), "--json").Json();
        Assert.Equal("AllenNLP's ViLBERT", report.GetProperty("architecture").GetString());
        Assert.Equal(114, report.GetProperty("tensors").GetInt32());
    }

    private static void AssertRefused(string path)
    {
        var error = Assert.Throws<CheckpointMismatchException>(() =>
            new MLContext(1).VisionLanguage().LoadCheckpoint(path, ViLbertConfig.Tiny, ["yes", "no", "two"]));
        Assert.Contains("looks like a checkpoint of AllenNLP's ViLBERT, another network", error.Message, StringComparison.Ordinal);
        Assert.Contains("location_embeddings.weight reads four numbers", error.Message, StringComparison.Ordinal);
        Assert.Contains("_heads.vqa.classifier tells answers by one linear", error.Message, StringComparison.Ordinal);
    }
}
