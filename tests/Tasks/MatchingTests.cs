using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.VisionLanguage.Tests.Support;
using MLNet.VisionLanguage.Tests.Training;
using Xunit;

namespace MLNet.VisionLanguage.Tests.Tasks;

/// <summary>Checkpoints of pre-training as scorers of whether a text and an image belong together.</summary>
[Collection(TorchCollection.Name)]
public sealed class MatchingTests
{
    private readonly MLContext _ml = new(1);

    /// <summary>LXRTPretraining's own logits.</summary>
    [Fact]
    public void A_checkpoint_of_the_reference_scores_as_the_reference()
    {
        using var c = GoldenCases.Get("lxmert", "pretraining-a");
        var (scorer, match) = _ml.VisionLanguage().LoadImageTextMatching(c.FilePath("weights.safetensors"), LxmertConfig.FromJson(c.Config.GetRawText()));
        using (scorer)
        {
            Assert.Empty(match.Mismatched);
            var scores = scorer.Transform(_ml.Data.LoadFromEnumerable(Rows(c))).GetColumn<float>("Score").ToArray();

            // Class 1 is a pair.
            var logits = c.Outputs["cross_relationship_score"].ToSingles().Chunk(2);
            GoldenAssert.Close([.. logits.Select(pair => 1 / (1 + MathF.Exp(pair[0] - pair[1])))], scores, c.Tolerance, "Score");
        }
    }

    [Theory]
    [InlineData("vilbert")]
    [InlineData("lxmert")]
    [InlineData("vlbert")]
    public void What_was_pre_trained_here_is_loaded_whole(string kind)
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("weights.safetensors");
        var view = Captions.View(_ml, Captions.Make(16));
        List<Matched> expected;
        VisionLanguageModel model;
        using (var trained = _ml.VisionLanguage().Trainers.Pretraining(Captions.Options(kind)).Fit(view))
        {
            expected = Read(trained.Transform(view));
            model = trained.Model;
            trained.SaveWeights(path);
        }

        var (loaded, match) = _ml.VisionLanguage().LoadImageTextMatching(path, model);
        using (loaded)
        {
            Assert.Empty(match.Unexpected);
            Assert.Empty(match.Mismatched);
            var found = Read(loaded.Transform(view));
            Assert.Equal(expected.Select(row => row.Score), found.Select(row => row.Score), (a, b) => Math.Abs(a - b) < 1e-5);
            Assert.All(found, row => Assert.Equal(row.Score > 0.5f, row.PredictedLabel));
        }
    }

    [Fact]
    public void A_checkpoint_without_the_heads_of_pre_training_is_refused()
    {
        using var c = GoldenCases.Get("lxmert", "vqa-a");
        var error = Assert.Throws<CheckpointMismatchException>(() =>
            _ml.VisionLanguage().LoadImageTextMatching(c.FilePath("weights.safetensors"), LxmertConfig.FromJson(c.Config.GetRawText())));
        Assert.Contains("parameters are missing", error.Message, StringComparison.Ordinal);
    }

    private List<Matched> Read(IDataView view) => [.. _ml.Data.CreateEnumerable<Matched>(view, reuseRowObject: false)];

    /// <summary>Boxes are fractions in the case, so the image is 1 x 1.</summary>
    private static IEnumerable<Caption> Rows(GoldenCase c)
    {
        long[][] Longs(string name) => [.. c.Inputs[name].ToInt64s().Chunk((int)c.Inputs[name].Shape[1])];
        float[][] Floats(string name) => [.. c.Inputs[name].ToSingles().Chunk((int)(c.Inputs[name].Shape[1] * c.Inputs[name].Shape[2]))];
        var (ids, masks, types) = (Longs("input_ids"), Longs("attention_mask"), Longs("token_type_ids"));
        var (features, boxes) = (Floats("visual_feats"), Floats("pos"));
        return ids.Select((row, i) =>
        {
            var length = masks[i].Count(one => one == 1);
            return new Caption
            {
                InputIds = row[..length],
                AttentionMask = masks[i][..length],
                TokenTypeIds = types[i][..length],
                RegionFeatures = features[i],
                RegionBoxes = boxes[i],
                ImageSize = [1, 1],
            };
        });
    }
}
