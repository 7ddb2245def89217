using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.VisionLanguage.Checkpoints;
using MLNet.VisionLanguage.Engine;
using MLNet.VisionLanguage.Onnx;
using MLNet.VisionLanguage.Onnx.Proto;
using MLNet.VisionLanguage.Tests.Support;
using MLNet.VisionLanguage.Tests.Training;
using Xunit;
using static TorchSharp.torch;

namespace MLNet.VisionLanguage.Tests.Engine;

/// <summary>Models that compute in int8.</summary>
[Collection(TorchCollection.Name)]
public sealed class QuantizedTests
{
    public static TheoryData<string> Kinds => [.. VisionLanguageModel.Kinds];

    /// <summary>
    /// Where nothing has to be rounded nothing may change. No two products side by side pass 16 bits, in which processors without VNNI add them.
    /// </summary>
    [Fact]
    public void Whole_numbers_are_multiplied_exactly_up_to_the_largest()
    {
        const int Inputs = 64, Outputs = 3;
        float Weight(int i, float usual) => i switch { 0 => 127, 1 => 1, _ => usual };
        Func<int, float>[] rows = [_ => 64, _ => -64, i => i - 40];
        float[] weights = [.. rows.SelectMany(usual => Enumerable.Range(0, Inputs).Select(i => Weight(i, usual(i))))];
        float[] largest = [.. Enumerable.Repeat(255f, Inputs)], some = [.. Enumerable.Range(0, Inputs).Select(i => (float)(i * 37 % 256))];
        var source = new Weights(new() { ["m.weight"] = ([Outputs, Inputs], weights), ["m.bias"] = ([Outputs], [1, 2, 3]) });
        var graph = new GraphBuilder("int8");
        graph.Output("y", new GraphEngine(graph, source).Linear(graph.Input("x", OnnxType.Float, "B", Inputs), "m", Outputs), "B", Outputs);
        using var runner = new OnnxRunner(graph.ToArray(), new OnnxRunnerOptions { Threads = 1 });

        var found = runner.Run(new Dictionary<string, OnnxTensor> { ["x"] = OnnxTensor.Of([.. largest, .. some], 2, Inputs) })["y"].Singles;

        float[] expected = [.. new[] { largest, some }.SelectMany(x => weights.Chunk(Inputs).Select((row, i) => row.Zip(x, (w, v) => w * v).Sum() + i + 1))];
        GoldenAssert.Close(expected, found, 1e-7 * 255 * 127 * Inputs, "products");
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Matrices_and_tables_of_the_trunk_are_stored_in_8_bits_and_nothing_else(string kind)
    {
        var settings = Questions.Options(o => o.Model = Questions.ModelOf(kind)).ToSettings(["a", "b"]) with { Quantize = true };
        using var parameters = new ModelParameters(settings.ToNetwork().Parameters(), CPU);
        parameters.Initialize(WeightInitialization.Normal, 0.02, 1);
        using var transformer = settings.Create(new MLContext(1), parameters.AsSource());

        var types = ModelProto.Parser.ParseFrom(File.ReadAllBytes(transformer.ModelPath)).Graph.Initializer
            .ToDictionary(tensor => tensor.Name, tensor => (OnnxType)tensor.DataType);
        OnnxType? Stored(string name) => types.TryGetValue(name, out var type) || types.TryGetValue(GraphBuilder.Transposed(name), out type) ? type : null;
        var matrices = 0;
        foreach (var parameter in parameters.Specs.Where(parameter => Stored(parameter.Name) is not null))
        {
            var expected = parameter switch
            {
                { IsHead: true } or { Shape.Count: not 2 } => OnnxType.Float,
                { Role: ParameterRole.Weight } when parameter.Name.EndsWith(".weight", StringComparison.Ordinal) => OnnxType.Int8,
                { Role: ParameterRole.Table } when parameter.Name.EndsWith(".weight", StringComparison.Ordinal) => OnnxType.Int8,
                _ => OnnxType.Float,
            };
            if (expected == OnnxType.Int8 && parameter.Role == ParameterRole.Weight) matrices++;
            Assert.True(Stored(parameter.Name) == expected, $"{parameter.Name} is {Stored(parameter.Name)}, not {expected}");
        }

        Assert.InRange(matrices, 12, 80);
    }

    /// <summary>One large number in a row leaves the others of the row few steps to be told apart by.</summary>
    [Theory]
    [InlineData(1, true)]
    [InlineData(40, false)]
    public void A_matrix_that_rounding_takes_far_from_itself_stays_as_it_is(float outlier, bool isRounded)
    {
        var random = new Random(1);
        float[] values = [.. Enumerable.Range(0, 8 * 512).Select(i => i % 512 == 0 ? outlier : (2 * random.NextSingle()) - 1)];
        var source = new Weights(new() { ["m.weight"] = ([8, 512], values) });

        var stored = new QuantizedWeights(source, [new ModelParameter("m.weight", [8, 512], ParameterRole.Weight)]);

        Assert.Equal(isRounded, stored.IsMultipliedInInt8("m.weight"));
    }

    [Theory]
    [InlineData("vilbert", 25)]
    [InlineData("lxmert", 25)]
    [InlineData("vlbert", 60)]
    public void A_trained_model_answers_as_its_floats_do_however_it_is_loaded(string kind, int epochs)
    {
        using var folder = new TemporaryFolder();
        var ml = new MLContext(1);
        var options = Questions.Options(o => (o.Model, o.Epochs) = (Questions.ModelOf(kind), epochs));
        var (floats, ints) = ml.Train(
            options, Questions.View(ml, Questions.Make(30)), null, (parameters, answers) =>
            {
                var settings = options.ToSettings(answers);
                return (settings.Create(ml, parameters.AsSource()), (settings with { Quantize = true }).Create(ml, parameters.AsSource()));
            });
        using var disposal = ints;
        using var more = floats;
        var unseen = Questions.View(ml, Questions.Make(100, seed: 2));
        uint[] Best(ITransformer model) => [.. model.Transform(unseen).GetColumn<uint>("PredictedLabel")];
        uint[] expected = Best(floats), found = Best(ints);
        var same = expected.Zip(found).Count(pair => pair.First == pair.Second);
        Assert.True(same >= 0.98 * expected.Length, $"{same} of {expected.Length} answers are the same");

        // One row at a time, as ML.NET scores: what is rounded is the batch.
        var path = folder.File("m.zip");
        ml.VisionLanguage().Save(ints, unseen.Schema, path);
        using var ours = (VisualQuestionAnsweringTransformer)new MLContext(3).VisionLanguage().Load(path);
        var plain = new MLContext(2).Model.Load(path, out _).Transform(unseen).GetColumn<float[]>("Score").ToList();
        var batched = ours.TransformInBatches(unseen, 1).GetColumn<float[]>("Score").ToList();
        for (var i = 0; i < plain.Count; i++) GoldenAssert.Close(plain[i], batched[i], 1e-5, $"row {i}");
    }

    [Fact]
    public void The_file_is_a_quarter_and_gives_rounded_weights_back()
    {
        using var folder = new TemporaryFolder();
        var ml = new MLContext(1);
        var model = ViLbertConfig.Tiny with
        {
            VocabularySize = 2000,
            RegionFeatureSize = 256,
            HiddenSize = 256,
            TextIntermediateSize = 1024,
            ImageHiddenSize = 256,
            ImageIntermediateSize = 1024,
            CoAttentionSize = 256,
        };
        var settings = Questions.Options(o => o.Model = model).ToSettings(["a", "b"]);
        using var parameters = new ModelParameters(settings.ToNetwork().Parameters(), CPU);
        parameters.Initialize(WeightInitialization.Normal, 0.02, 1);
        long Saved(bool quantize, string name)
        {
            using var transformer = (settings with { Quantize = quantize }).Create(ml, parameters.AsSource());
            ml.VisionLanguage().Save(transformer, Questions.View(ml, []).Schema, folder.File(name));
            if (quantize) transformer.SaveWeights(folder.File("w.safetensors"));
            return new FileInfo(folder.File(name)).Length;
        }

        var share = (double)Saved(true, "int8.zip") / Saved(false, "floats.zip");
        Assert.InRange(share, 0.2, 0.3);
        using var checkpoint = Checkpoint.Open(folder.File("w.safetensors"));
        foreach (var name in new[] { "bert.encoder.layer.0.intermediate.dense.weight", "bert.embeddings.word_embeddings.weight" })
        {
            var exact = parameters.Read(name);
            var width = (int)checkpoint[name].Shape[1];
            foreach (var (before, after) in exact.Chunk(width).Zip(checkpoint[name].ToSingles().Chunk(width)))
            {
                GoldenAssert.Close(before, after, before.Max(Math.Abs) / 127 * 0.501, name);
                Assert.NotEqual(before, after);
            }
        }
    }

    [Fact]
    public void Texts_and_images_that_are_computed_apart_score_as_pairs_do()
    {
        var ml = new MLContext(1);
        var settings = new ImageTextRetrievalOptions { Model = Questions.Model }.ToSettings() with { Quantize = true };
        using var parameters = new ModelParameters(settings.ToNetwork().Parameters(), CPU);
        parameters.Initialize(WeightInitialization.Xavier, 0.02, 1);
        using var model = settings.Create(ml, parameters.AsSource());
        var rows = Questions.View(ml, Questions.Make(4));

        var all = model.ScoreAllPairs(rows, rows);

        // What is rounded together is not the same.
        float[] pairs = [.. model.TransformInBatches(rows, 1).GetColumn<float>("Score")];
        GoldenAssert.Close(pairs, [.. all.Select((own, i) => own[i])], 0.2 * (pairs.Max() - pairs.Min()) + 0.05, "pairs");
    }

    [Fact]
    public void Training_ends_with_such_a_model_where_it_is_asked_for()
    {
        var ml = new MLContext(1);
        var rows = Questions.View(ml, Questions.Make(6));
        using var ints = ml.VisionLanguage().Trainers.VisualQuestionAnswering(Questions.Options(o => o.Quantize = true)).Fit(rows);
        using var floats = ml.VisionLanguage().Trainers.VisualQuestionAnswering(Questions.Options()).Fit(rows);

        Assert.Contains("MatMulInteger", Operations(ints));
        Assert.DoesNotContain("MatMulInteger", Operations(floats));

        static IEnumerable<string> Operations(VisualQuestionAnsweringTransformer model) =>
            ModelProto.Parser.ParseFrom(File.ReadAllBytes(model.ModelPath)).Graph.Node.Select(node => node.OpType);
    }

    private sealed class Weights(Dictionary<string, (long[] Shape, float[] Values)> values) : IParameterSource
    {
        public bool Contains(string name) => values.ContainsKey(name);

        public IReadOnlyList<long> ShapeOf(string name) => values[name].Shape;

        public TensorElementType TypeOf(string name) => values[name].Shape.Length == 2 ? TensorElementType.Int8 : TensorElementType.Float32;

        public bool IsMultipliedInInt8(string name) => values[name].Shape.Length == 2;

        public float[] Read(string name) => values[name].Values;
    }
}
