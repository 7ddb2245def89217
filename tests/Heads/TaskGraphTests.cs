using MLNet.VisionLanguage.Columns;
using MLNet.VisionLanguage.Engine;
using MLNet.VisionLanguage.Heads;
using MLNet.VisionLanguage.Models;
using MLNet.VisionLanguage.Onnx;
using MLNet.VisionLanguage.Tests.Support;
using Xunit;

namespace MLNet.VisionLanguage.Tests.Heads;

/// <summary>
/// The graph from columns to probabilities, on the weights of a golden case (feature size 18, vocabulary 60, 17 answers).
/// </summary>
public sealed class TaskGraphTests : IDisposable
{
    private const int Features = 18;

    private readonly GoldenCase _case = GoldenCases.Get("vilbert", "vltasks-mul-a");
    private readonly ViLbertConfig _config;

    public TaskGraphTests() => _config = ViLbertConfig.Parse(_case.Config.GetRawText(), _case.ToString());

    public void Dispose() => _case.Dispose();

    [Fact]
    public void Equals_the_reference_inputs_worked_out_by_hand()
    {
        long[] ids = [2, 17, 31, 3];
        var features = Numbers(2 * Features);
        float[] boxes = [10, 20, 60, 50, 0, 5, 100, 45];

        // Image 100 x 50. The global region: mean feature, whole image. Fifth number: area over image area.
        float[] locations = [0, 0, 1, 1, 1, 0.1f, 0.4f, 0.6f, 1, 0.3f, 0, 0.1f, 1, 0.9f, 0.8f];
        var mean = Enumerable.Range(0, Features).Select(i => (features[i] + features[Features + i]) / 2);
        var graph = new GraphBuilder("reference inputs");
        var engine = new GraphEngine(graph, new GoldenWeights(_case));
        var states = new ViLbertTrunk<GraphValue>(engine, _config).Run(new(
            graph.Input("ids", OnnxType.Int64, 1, 4), graph.Constant([0, 0, 0, 0], 1, 4), graph.Constant([1, 1, 1, 1], 1, 4),
            graph.Constant([.. mean, .. features], 1, 3, Features), graph.Constant(locations, 1, 3, 5), graph.Constant([1, 1, 1], 1, 3)));
        graph.Output("score", graph.Sigmoid(Network(_config).Logits(engine, states)));
        using var runner = new OnnxRunner(graph.ToArray());
        var expected = runner.Run(new Dictionary<string, OnnxTensor> { ["ids"] = OnnxTensor.Of(ids, 1, 4) })["score"].Singles;

        var actual = Score([new(ids, features, boxes, 100, 50)])[0];
        Assert.Equal(17, actual.Length);
        GoldenAssert.Close(expected, actual, 1e-5, "Score");
    }

    [Fact]
    public void Padding_in_a_batch_changes_nothing()
    {
        Row[] rows =
        [
            new([2, 17, 31, 3], Numbers(2 * Features), [10, 20, 60, 50, 0, 5, 100, 45], 100, 50),
            new([2, 9, 3], Numbers(4 * Features), [0, 0, 5, 5, 1, 1, 9, 9, 2, 3, 4, 5, 0, 0, 10, 10], 10, 10),
            new([2, 9, 44, 45, 46, 3], Numbers(Features), [1, 2, 3, 4], 64, 48),
        ];
        var together = Score(rows);
        for (var i = 0; i < rows.Length; i++)
            GoldenAssert.Close(Score([rows[i]])[0], together[i], 1e-5, $"row {i}");
        Assert.NotEqual(together[0], together[1]);
    }

    [Fact]
    public void An_image_without_regions_is_scored_by_its_global_region()
    {
        Row empty = new([2, 9, 3], [], [], 10, 10);
        var alone = Score([empty])[0];
        Assert.All(alone, score => Assert.InRange(score, 0, 1));
        var padded = Score([empty, new([2, 9, 3], Numbers(Features), [1, 2, 3, 4], 10, 10)]);
        GoldenAssert.Close(alone, padded[0], 1e-5, "row without regions");
    }

    [Fact]
    public void The_signature_is_that_of_the_columns()
    {
        var signature = OnnxSignature.Read(new MemoryStream(Graph().ToArray()));
        Assert.Equal(
            [
                "InputIds: Int64[B, S]", "AttentionMask: Int64[B, S]", "TokenTypeIds: Int64[B, S]",
                "RegionFeatures: Float[B, N, 18]", "RegionBoxes: Float[B, N, 4]", "ImageSize: Float[B, 2]",
            ],
            signature.Inputs.Select(input => input.ToString()));
        Assert.Equal(["Score: Float[B, 17]"], signature.Outputs.Select(output => output.ToString()));
    }

    [Fact]
    public void The_gqa_head_has_its_own_answers()
    {
        var graph = TaskGraph.Create(Network(_config, AnswerHead.Gqa, 9), new GoldenWeights(_case));
        Assert.Equal("Score: Float[B, 9]", OnnxSignature.Read(new MemoryStream(graph.ToArray())).Outputs[0].ToString());
    }

    [Fact]
    public void Weights_of_another_size_are_refused_by_name()
    {
        var other = _config with { TextIntermediateSize = 41 };
        var error = Assert.Throws<InvalidDataException>(() => TaskGraph.Create(Network(other), new GoldenWeights(_case)));
        Assert.Contains("'bert.encoder.layer.0.intermediate.dense.weight' is [40, 24]", error.Message);
        Assert.Contains("[41, 24]", error.Message);
    }

    private GraphBuilder Graph() => TaskGraph.Create(Network(_config), new GoldenWeights(_case));

    private static TaskNetwork Network(ViLbertConfig config, AnswerHead head = AnswerHead.Vqa, int answers = 17) =>
        new(config, config.FindAnswerClassifier(head), answers);

    private float[][] Score(Row[] rows)
    {
        int length = rows.Max(row => row.Ids.Length), regions = rows.Max(row => row.Boxes.Length / 4);
        long[] ids = new long[rows.Length * length], mask = new long[ids.Length];
        var features = new float[rows.Length * regions * Features];
        var boxes = new float[rows.Length * regions * 4];
        Array.Fill(boxes, -2);
        for (var i = 0; i < rows.Length; i++)
        {
            rows[i].Ids.CopyTo(ids, i * length);
            Array.Fill(mask, 1, i * length, rows[i].Ids.Length);
            rows[i].Features.CopyTo(features, i * regions * Features);
            rows[i].Boxes.CopyTo(boxes, i * regions * 4);
        }

        using var runner = new OnnxRunner(Graph().ToArray(), new OnnxRunnerOptions { Threads = 1 });
        var score = runner.Run(new Dictionary<string, OnnxTensor>
        {
            [StandardColumns.InputIds.Name] = OnnxTensor.Of(ids, rows.Length, length),
            [StandardColumns.AttentionMask.Name] = OnnxTensor.Of(mask, rows.Length, length),
            [StandardColumns.TokenTypeIds.Name] = OnnxTensor.Of(new long[ids.Length], rows.Length, length),
            [StandardColumns.RegionFeatures.Name] = OnnxTensor.Of(features, rows.Length, regions, Features),
            [StandardColumns.RegionBoxes.Name] = OnnxTensor.Of(boxes, rows.Length, regions, 4),
            [StandardColumns.ImageSize.Name] = OnnxTensor.Of([.. rows.SelectMany(row => new[] { row.Width, row.Height })], rows.Length, 2),
        })[TaskHead.Score];
        return [.. score.Singles.Chunk((int)score.Dims[1])];
    }

    private static float[] Numbers(int count)
    {
        var random = new Random(count);
        return [.. Enumerable.Range(0, count).Select(_ => (float)(2 * random.NextDouble() - 1))];
    }

    private sealed record Row(long[] Ids, float[] Features, float[] Boxes, float Width, float Height);
}
