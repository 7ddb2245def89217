using MLNet.VisionLanguage.Checkpoints;
using MLNet.VisionLanguage.Engine;
using MLNet.VisionLanguage.Models;
using MLNet.VisionLanguage.Onnx;
using MLNet.VisionLanguage.Tests.Support;
using MLNet.VisionLanguage.Text;
using MLNet.VisionLanguage.Training;
using static TorchSharp.torch;

namespace MLNet.VisionLanguage.Tests.GoldenRunners;

/// <summary>
/// vilbert, post-vqaitem: a question and its regions as the reference's data set gives them to the model. The reference pads every row to
/// fixed lengths; here a filler row of these lengths in the same batch does.
/// </summary>
internal abstract class AnswerItemRunner : IGoldenRunner
{
    public string System => "vilbert";

    public IReadOnlyCollection<string> Kinds => ["post-vqaitem"];

    public abstract string Engine { get; }

    public void Run(GoldenCase c)
    {
        int tokens = (int)c.Outputs["0.question"].Shape[0], regions = (int)c.Outputs["0.features"].Shape[0];
        int answers = (int)c.Outputs["0.target"].Shape[0], width = (int)c.Inputs["image.features"].Shape[1];
        using var folder = new TemporaryFolder();
        using var store = new RegionStore(width, folder.Path);
        var image = store.Add(
            c.Inputs["image.features"].ToSingles(), c.Inputs["image.boxes"].ToSingles(),
            [.. c.Inputs["image.image_wh"].ToInt64s().Select(size => (float)size)]);
        var most = Math.Max(regions - 1, store.Regions(image));
        var filler = store.Add(new float[most * width], new float[most * 4], [1, 1]);

        var rows = new List<AnswerRow>();
        foreach (var label in c.Json.GetProperty("answers").EnumerateArray())
        {
            int[] words = [.. c.Inputs[$"question_ids_{rows.Count}"].ToInt64s().Select(id => (int)id)];
            var text = BertTextTokenizer.Assemble(words, null, classification: 1, separator: 2, tokens);
            rows.Add(new AnswerRow(
                text.InputIds, text.AttentionMask, text.TokenTypeIds, image,
                [.. label.GetProperty("labels").EnumerateArray().Select(answer => answer.GetInt32())],
                [.. label.GetProperty("scores").EnumerateArray().Select(score => score.GetSingle())]));
        }

        var longest = new long[tokens];
        var batch = AnswerBatch.Collate(
            [.. rows, new AnswerRow(longest, longest, longest, filler, [], [])], store, width, [.. Enumerable.Range(0, answers)], answers);

        var (features, locations, mask) = Regions(batch);
        foreach (var name in c.Outputs.Names)
        {
            var row = int.Parse(name[..name.IndexOf('.')], null);
            switch (name[(name.IndexOf('.') + 1)..])
            {
                case "question": Ids(batch.InputIds.ToArray()); break;
                case "input_mask": Ids(batch.AttentionMask.ToArray()); break;
                case "segment_ids": Ids(batch.TokenTypeIds.ToArray()); break;
                case "target": GoldenAssert.Close(c, name, batch.Targets.Slice(row * answers, answers).ToArray(), [answers]); break;
                case "features": GoldenAssert.Close(c, name, Row(features, width), [regions, width]); break;
                case "spatials": GoldenAssert.Close(c, name, Row(locations, 5), [regions, 5]); break;
                case "image_mask": GoldenAssert.Equal(c.Outputs[name], [.. Row(mask, 1).Select(value => (long)value)], [regions], c, name); break;
                default: throw new InvalidDataException($"{c}: unknown output {name}.");
            }

            void Ids(long[] values) => GoldenAssert.Equal(c.Outputs[name], values[(row * tokens)..((row + 1) * tokens)], [tokens], c, name);

            // The reference cuts regions off after the global one was computed from all of them.
            float[] Row(float[] values, int size) => values.AsSpan(row * (most + 1) * size, regions * size).ToArray();
        }
    }

    protected abstract (float[] Features, float[] Locations, float[] Mask) Regions(AnswerBatch batch);
}

internal sealed class TorchAnswerItemRunner : AnswerItemRunner
{
    public override string Engine => "torch";

    protected override (float[] Features, float[] Locations, float[] Mask) Regions(AnswerBatch batch)
    {
        using var scope = NewDisposeScope();
        using var parameters = new ModelParameters([], CPU);
        var regions = ViLbertRegions<Tensor>.Build(
            new TorchEngine(parameters),
            batch.Floats(batch.RegionFeatures, CPU, batch.Rows, batch.Regions, batch.FeatureSize),
            batch.Floats(batch.RegionBoxes, CPU, batch.Rows, batch.Regions, 4),
            batch.Floats(batch.ImageSize, CPU, batch.Rows, 2));
        return (TorchGolden.ToArray(regions.Features), TorchGolden.ToArray(regions.Locations), TorchGolden.ToArray(regions.Mask));
    }
}

internal sealed class OnnxAnswerItemRunner : AnswerItemRunner
{
    public override string Engine => "onnx";

    protected override (float[] Features, float[] Locations, float[] Mask) Regions(AnswerBatch batch)
    {
        var graph = new GraphBuilder("regions");
        var regions = ViLbertRegions<GraphValue>.Build(
            new GraphEngine(graph, NoWeights.Instance),
            graph.Input("features", OnnxType.Float, "B", "N", batch.FeatureSize),
            graph.Input("boxes", OnnxType.Float, "B", "N", 4),
            graph.Input("size", OnnxType.Float, "B", 2));
        graph.Output("out.features", regions.Features, "B", "R", batch.FeatureSize);
        graph.Output("out.locations", regions.Locations, "B", "R", 5);
        graph.Output("out.mask", regions.Mask, "B", "R");
        using var runner = new OnnxRunner(graph.ToArray(), new OnnxRunnerOptions { Threads = 1 });
        var results = runner.Run(new Dictionary<string, OnnxTensor>
        {
            ["features"] = OnnxTensor.Of(batch.RegionFeatures.ToArray(), batch.Rows, batch.Regions, batch.FeatureSize),
            ["boxes"] = OnnxTensor.Of(batch.RegionBoxes.ToArray(), batch.Rows, batch.Regions, 4),
            ["size"] = OnnxTensor.Of(batch.ImageSize.ToArray(), batch.Rows, 2),
        });
        return (results["out.features"].Singles, results["out.locations"].Singles, results["out.mask"].Singles);
    }

    private sealed class NoWeights : IParameterSource
    {
        public static NoWeights Instance { get; } = new();

        public bool Contains(string name) => false;

        public IReadOnlyList<long> ShapeOf(string name) => throw new KeyNotFoundException(name);

        public float[] Read(string name) => throw new KeyNotFoundException(name);
    }
}
