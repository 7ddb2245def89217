using System.Globalization;
using MLNet.VisionLanguage.Checkpoints;
using MLNet.VisionLanguage.Columns;
using MLNet.VisionLanguage.Data;
using MLNet.VisionLanguage.Engine;
using MLNet.VisionLanguage.Models;
using MLNet.VisionLanguage.Onnx;
using MLNet.VisionLanguage.Tests.Support;
using MLNet.VisionLanguage.Tests.Training;
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
        float[] image = c.Inputs["image.features"].ToSingles(), boxes = c.Inputs["image.boxes"].ToSingles();
        var most = Math.Max(regions - 1, boxes.Length / 4);
        var rows = new List<Question>();
        foreach (var label in c.Json.GetProperty("answers").EnumerateArray())
        {
            int[] words = [.. c.Inputs[$"question_ids_{rows.Count}"].ToInt64s().Select(id => (int)id)];
            var text = TextTokenizer.Assemble(words, null, classification: 1, separator: 2, tokens);
            rows.Add(new Question
            {
                InputIds = text.InputIds,
                AttentionMask = text.AttentionMask,
                TokenTypeIds = text.TokenTypeIds,
                RegionFeatures = image,
                RegionBoxes = boxes,
                ImageSize = [.. c.Inputs["image.image_wh"].ToInt64s().Select(size => (float)size)],
                Answers = [.. label.GetProperty("labels").EnumerateArray().Select(answer => answer.GetInt32().ToString(CultureInfo.InvariantCulture))],
                AnswerScores = [.. label.GetProperty("scores").EnumerateArray().Select(score => score.GetSingle())],
            });
        }

        rows.Add(new Question
        {
            InputIds = new long[tokens],
            AttentionMask = new long[tokens],
            TokenTypeIds = new long[tokens],
            RegionFeatures = new float[most * width],
            RegionBoxes = new float[most * 4],
            ImageSize = [1, 1],
        });
        using var folder = new TemporaryFolder();
        using var batch = CollatedRows.Of(
            rows,
            new VisualQuestionAnsweringOptions
            {
                Model = ViLbertConfig.Tiny with { RegionFeatureSize = width, VocabularySize = int.MaxValue, MaxPositions = tokens },
                Answers = [.. Enumerable.Range(0, answers).Select(answer => answer.ToString(CultureInfo.InvariantCulture))],
            },
            folder.Path);

        var (features, locations, mask) = Regions(batch);
        foreach (var name in c.Outputs.Names)
        {
            var row = int.Parse(name[..name.IndexOf('.')], null);
            switch (name[(name.IndexOf('.') + 1)..])
            {
                case "question": Ids(StandardColumns.InputIds); break;
                case "input_mask": Ids(StandardColumns.AttentionMask); break;
                case "segment_ids": Ids(StandardColumns.TokenTypeIds); break;
                case "target": GoldenAssert.Close(c, name, ((PaddedColumn<float>)batch.Targets[0]).Row(row).ToArray(), [answers]); break;
                case "features": GoldenAssert.Close(c, name, Row(features, width), [regions, width]); break;
                case "spatials": GoldenAssert.Close(c, name, Row(locations, 5), [regions, 5]); break;
                case "image_mask": GoldenAssert.Equal(c.Outputs[name], [.. Row(mask, 1).Select(value => (long)value)], [regions], c, name); break;
                default: throw new InvalidDataException($"{c}: unknown output {name}.");
            }

            void Ids(Column<long> column) => GoldenAssert.Equal(
                c.Outputs[name], ((PaddedColumn<long>)batch[column]).Row(row).ToArray(), [tokens], c, name);

            // The reference cuts regions off after the global one was computed from all of them.
            float[] Row(float[] values, int size) => values.AsSpan(row * (most + 1) * size, regions * size).ToArray();
        }
    }

    protected abstract (float[] Features, float[] Locations, float[] Mask) Regions(TrainingBatch batch);
}

internal sealed class TorchAnswerItemRunner : AnswerItemRunner
{
    public override string Engine => "torch";

    protected override (float[] Features, float[] Locations, float[] Mask) Regions(TrainingBatch batch)
    {
        using var scope = NewDisposeScope();
        using var parameters = new ModelParameters([], CPU);
        var regions = ViLbertRegions<Tensor>.Build(
            new TorchEngine(parameters),
            TrainingBatch.ToTensor(batch[StandardColumns.RegionFeatures], CPU),
            TrainingBatch.ToTensor(batch[StandardColumns.RegionBoxes], CPU),
            TrainingBatch.ToTensor(batch[StandardColumns.ImageSize], CPU));
        return (TorchGolden.ToArray(regions.Features), TorchGolden.ToArray(regions.Locations), TorchGolden.ToArray(regions.Mask));
    }
}

internal sealed class OnnxAnswerItemRunner : AnswerItemRunner
{
    public override string Engine => "onnx";

    protected override (float[] Features, float[] Locations, float[] Mask) Regions(TrainingBatch batch)
    {
        var graph = new GraphBuilder("regions");
        var width = batch[StandardColumns.RegionFeatures].Shape[^1];
        var columns = new InputColumns("Golden", StandardColumns.Image.Bind([], new(RegionFeatureSize: (int)width)));
        var inputs = columns.AddInputs(graph);
        var regions = ViLbertRegions<GraphValue>.Build(
            new GraphEngine(graph, NoWeights.Instance),
            inputs[0], inputs[1], inputs[2]);
        graph.Output("out.features", regions.Features, "B", "R", width);
        graph.Output("out.locations", regions.Locations, "B", "R", 5);
        graph.Output("out.mask", regions.Mask, "B", "R");
        using var runner = new OnnxRunner(graph.ToArray(), new OnnxRunnerOptions { Threads = 1 });
        var results = runner.Run(StandardColumns.Image.Columns.ToDictionary(column => column.HelperName, column => batch[column].ToOnnx()));
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
