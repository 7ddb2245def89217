using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.VisionLanguage.Engine;
using MLNet.VisionLanguage.Heads;
using MLNet.VisionLanguage.Layers;
using MLNet.VisionLanguage.Models;
using MLNet.VisionLanguage.Tests.GoldenRunners;
using MLNet.VisionLanguage.Tests.Support;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace MLNet.VisionLanguage.Tests.Training;

[Collection(TorchCollection.Name)]
public sealed class StatesColumnTests
{
    private static readonly List<Question> Rows = Questions.Make(9);

    private readonly MLContext _ml = new(1);

    [Theory]
    [InlineData("vilbert", false)]
    [InlineData("vilbert", true)]
    [InlineData("lxmert", false)]
    [InlineData("vlbert", false)]
    public void Every_layer_tells_what_it_makes_of_tokens_and_regions(string kind, bool taskTokens)
    {
        using var folder = new TemporaryFolder();
        var view = Questions.View(_ml, Rows);
        var model = taskTokens ? Questions.Model with { TaskTokens = true } : Questions.ModelOf(kind);
        var options = Questions.Options(o =>
            (o.Model, o.Epochs, o.TextStatesColumnName, o.RegionStatesColumnName, o.ScoringBatchSize) = (model, 1, "Words", "Places", 7));
        using var transformer = _ml.VisionLanguage().Trainers.VisualQuestionAnswering(options).Fit(view);
        var words = transformer.Transform(view).GetColumn<float[]>("Words").ToList();
        var places = transformer.Transform(view).GetColumn<float[]>("Places").ToList();
        int ofToken = TaskNetwork.NumbersOf(model, Modality.Text), ofRegion = TaskNetwork.NumbersOf(model, Modality.Image);
        for (var i = 0; i < Rows.Count; i++)
        {
            Assert.Equal(Rows[i].InputIds.Length * ofToken, words[i].Length);
            Assert.Equal(Rows[i].RegionBoxes.Length / 4 * ofRegion, places[i].Length);
        }

        // What libtorch makes of each row by itself.
        transformer.SaveWeights(folder.File("weights.safetensors"));
        using var checkpoint = Checkpoint.Open(folder.File("weights.safetensors"));
        using var scope = NewDisposeScope();
        var network = transformer.TaskSettings.ToNetwork();
        var engine = new TorchEngine(TorchGolden.Parameters(network.Parameters(), checkpoint));
        foreach (var i in new[] { 0, 3, 8 })
        {
            var recorded = new Dictionary<string, Tensor>();
            var inputs = Inputs(Rows[i]) with { AnswerSlot = network.Head.ReadsSlot, TaskId = network.Head.TaskId };
            var states = model.Build(engine, inputs, (name, value) => recorded[name] = value);
            var tokens = Rows[i].InputIds.Length;
            GoldenAssert.Close(
                Last(states.Text, taskTokens ? [0, .. Enumerable.Range(2, tokens - 1)] : [.. Enumerable.Range(0, tokens)]),
                Tail(words[i], ofToken, model.LayersOf(Modality.Text)[^1].Size), 1e-5, $"tokens of row {i}");
            GoldenAssert.Close(
                Last(states.Image, [.. Enumerable.Range(states.FirstRegion, Rows[i].RegionBoxes.Length / 4)]),
                Tail(places[i], ofRegion, model.LayersOf(Modality.Image)[^1].Size), 1e-5, $"regions of row {i}");

            // The first layer's are the first.
            var first = model.LayersOf(Modality.Text)[0];
            GoldenAssert.Close(
                Last(recorded[first.Mark!], [0]), words[i][..first.Size], 1e-5, $"[CLS] of row {i} after the first layer");
        }

        var path = folder.File("model.zip");
        _ml.Model.Save(transformer, view.Schema, path);
        foreach (var loaded in new[] { new MLContext(2).Model.Load(path, out _), new MLContext(3).VisionLanguage().Load(path) })
        {
            var scored = loaded.Transform(view);
            foreach (var (column, expected) in new[] { ("Words", words), ("Places", places) })
            {
                var found = scored.GetColumn<float[]>(column).ToList();
                for (var i = 0; i < Rows.Count; i++) GoldenAssert.Close(expected[i], found[i], 1e-5, $"{column} of row {i}");
            }
        }

        var (again, _) = _ml.VisionLanguage().LoadCheckpoint(
            folder.File("weights.safetensors"), model, transformer.Answers, new CheckpointOptions { TextStatesColumnName = "Words" });
        using (again)
        {
            GoldenAssert.Close(words[2], again.Transform(view).GetColumn<float[]>("Words").ElementAt(2), 1e-5, "of a checkpoint");
            Assert.Null(again.GetOutputSchema(view.Schema).GetColumnOrNull("Places"));
        }
    }

    [Fact]
    public void A_model_without_layers_there_has_none_to_show()
    {
        var options = Questions.Options(o => (o.Model, o.RegionStatesColumnName) = (
            Questions.Model with { CoAttention = false, ImageLayers = 0, TextLayersBeforeCoAttention = [], ImageLayersBeforeCoAttention = [] }, "Places"));
        var error = Assert.Throws<ArgumentException>(
            () => _ml.VisionLanguage().Trainers.VisualQuestionAnswering(options).Fit(Questions.View(_ml, Rows)));
        Assert.Contains("no layers of regions", error.Message, StringComparison.Ordinal);
    }

    private static float[] Last(Tensor states, int[] items) =>
        [.. items.SelectMany(item => TorchGolden.ToArray(states.slice(1, item, item + 1, 1).contiguous()))];

    /// <summary>The last layer's numbers of each item.</summary>
    private static float[] Tail(float[] values, int ofItem, int size) => [.. values.Chunk(ofItem).SelectMany(item => item[^size..])];

    private static ModelInputs<Tensor> Inputs(Question row)
    {
        Tensor Longs(long[] values) => torch.tensor(values, [1, values.Length], dtype: ScalarType.Int64);
        Tensor Floats(float[] values, long width) => torch.tensor(values, [1, values.Length / width, width]);
        return new(
            Longs(row.InputIds), Longs(row.AttentionMask), Longs(row.TokenTypeIds), Floats(row.RegionFeatures, Questions.FeatureSize),
            Floats(row.RegionBoxes, 4), torch.tensor(row.ImageSize, [1, 2]));
    }
}
