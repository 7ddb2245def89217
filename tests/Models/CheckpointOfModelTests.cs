using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.VisionLanguage.Tests.GoldenRunners;
using MLNet.VisionLanguage.Tests.Support;
using Xunit;

namespace MLNet.VisionLanguage.Tests.Models;

/// <summary>Fine-tuned checkpoints of LXMERT and VL-BERT through the public door.</summary>
public sealed class CheckpointOfModelTests
{
    private readonly MLContext _ml = new(1);

    public static TheoryData<string, string, string> LxmertNames() => new()
    {
        { "as fine-tuned", "lxrt_encoder.model.bert.", "logit_fc." },
        { "as fine-tuned on several GPUs", "lxrt_encoder.model.module.bert.", "logit_fc." },
        { "as pre-trained", "module.bert.", "module.answer_head.logit_fc." },
        { "as the transformers library has it", "lxmert.", "answer_head.logit_fc." },
    };

    [Theory]
    [MemberData(nameof(LxmertNames))]
    public void Lxmert_scores_as_the_reference_under_every_name(string spelling, string trunk, string head)
    {
        Assert.NotEmpty(spelling);
        using var c = GoldenCases.Get("lxmert", "vqa-a");
        using var folder = new TemporaryFolder();
        var path = folder.File("lxmert.safetensors");
        SafeTensors.Write(path, c.Weights.Names.Select(name => new NamedTensor(
            name.Replace("lxrt_encoder.model.bert.", trunk, StringComparison.Ordinal).Replace("logit_fc.", head, StringComparison.Ordinal),
            c.Weights[name])));

        var logits = c.Outputs["logit"];
        var loaded = _ml.VisionLanguage().LoadCheckpoint(
            path, LxmertConfig.FromJson(c.Config.GetRawText()), Answers((int)logits.Shape[1]), new() { BatchSize = 2 });
        using var transformer = loaded.Transformer;
        Assert.Empty(loaded.Match.Missing);
        Assert.Empty(loaded.Match.Unexpected);

        // Boxes are fractions in this case, so the image is 1 x 1.
        var texts = GoldenTexts.Encode(c, c.Config.GetProperty("sentences"));
        var features = c.Inputs["feat"].ToSingles().Chunk((int)(c.Inputs["feat"].Shape[1] * c.Inputs["feat"].Shape[2])).ToArray();
        var boxes = c.Inputs["pos"].ToSingles().Chunk((int)c.Inputs["pos"].Shape[1] * 4).ToArray();
        var rows = texts.Select((text, i) => new Row
        {
            InputIds = text.InputIds,
            AttentionMask = text.AttentionMask,
            TokenTypeIds = text.TokenTypeIds,
            RegionFeatures = features[i],
            RegionBoxes = boxes[i],
            ImageSize = [1, 1],
        });
        var scores = transformer.Transform(_ml.Data.LoadFromEnumerable(rows)).GetColumn<float[]>("Score").SelectMany(row => row).ToArray();
        GoldenAssert.Close([.. logits.ToSingles().Select(x => 1 / (1 + MathF.Exp(-x)))], scores, c.Tolerance, "Score");
    }

    [Fact]
    public void VlBert_finds_all_parameters_below_the_prefix_of_data_parallel_training()
    {
        using var c = GoldenCases.Get("vlbert", "vqa-a");
        using var folder = new TemporaryFolder();
        var path = folder.File("vlbert.safetensors");
        SafeTensors.Write(path, c.Weights.Names.Select(name => new NamedTensor("module." + name, c.Weights[name])));
        var model = VlBertConfig.FromJson(c.Config.GetRawText()) with { MaskTokenId = 4 };
        var loaded = _ml.VisionLanguage().LoadCheckpoint(path, model, Answers(14));
        using var transformer = loaded.Transformer;
        Assert.Equal((0, 0), (loaded.Match.Missing.Count, loaded.Match.Unexpected.Count));
    }

    [Fact]
    public void Another_number_of_answers_is_refused_with_what_was_found()
    {
        using var c = GoldenCases.Get("lxmert", "vqa-a");
        var error = Assert.Throws<CheckpointMismatchException>(() => _ml.VisionLanguage().LoadCheckpoint(
            c.FilePath("weights.safetensors"), LxmertConfig.FromJson(c.Config.GetRawText()), Answers(7)));
        Assert.Contains("tells 11 answers apart; the list has 7", error.Message, StringComparison.Ordinal);
        Assert.Empty(error.Match!.Missing);
    }

    [Fact]
    public void A_checkpoint_of_another_architecture_is_refused_with_what_was_found()
    {
        using var c = GoldenCases.Get("lxmert", "vqa-a");
        var error = Assert.Throws<CheckpointMismatchException>(() => _ml.VisionLanguage().LoadCheckpoint(
            c.FilePath("weights.safetensors"), VlBertConfig.Tiny, Answers(11)));
        Assert.Contains("VL-BERT", error.Message, StringComparison.Ordinal);
        Assert.Contains("looks like a checkpoint of LXMERT", error.Message, StringComparison.Ordinal);
        Assert.NotEmpty(error.Match!.Missing);
    }

    private static string[] Answers(int count) => [.. Enumerable.Range(0, count).Select(i => $"answer {i}")];

    private sealed class Row
    {
        public long[] InputIds { get; set; } = [];

        public long[] AttentionMask { get; set; } = [];

        public long[] TokenTypeIds { get; set; } = [];

        public float[] RegionFeatures { get; set; } = [];

        public float[] RegionBoxes { get; set; } = [];

        [VectorType(2)]
        public float[] ImageSize { get; set; } = [];
    }
}
