using Microsoft.ML;
using MLNet.VisionLanguage.Data;
using MLNet.VisionLanguage.Engine;
using MLNet.VisionLanguage.Tasks;
using MLNet.VisionLanguage.Tests.Support;
using Xunit;
using static TorchSharp.torch;

namespace MLNet.VisionLanguage.Tests.Training;

/// <summary>Sublayers that are computed again in the backward pass.</summary>
[Collection(TorchCollection.Name)]
public sealed class GradientCheckpointingTests
{
    public static TheoryData<string> Kinds => [.. VisionLanguageModel.Kinds];

    /// <summary>What is compared are gradients: Adam would make whole steps of the rounding where they are zero.</summary>
    [Theory]
    [MemberData(nameof(Kinds))]
    public void Every_model_has_the_same_gradients(string kind)
    {
        var options = Questions.Options(o => o.Model = Questions.ModelOf(kind));
        using var scope = NewDisposeScope();
        using var parameters = new ModelParameters(options.ToSettings(["a", "b"]).ToNetwork().Parameters(), CPU);
        parameters.Initialize(WeightInitialization.Xavier, 0.02, 1);

        Dictionary<string, float[]> kept = Gradients(false), again = Gradients(true);

        Assert.Equal(kept.Keys, again.Keys);
        var largest = kept.Values.Max(values => values.Max(MathF.Abs));
        foreach (var (name, expected) in kept) GoldenAssert.Close(expected, again[name], 1e-5 * largest, name);

        Dictionary<string, float[]> Gradients(bool recomputes)
        {
            using var folder = new TemporaryFolder();
            var task = new AnsweringTask(options);
            using var data = new TrainingRows<AnswerLabel>(task.Inputs, task.Labels, folder.Path);
            using var batch = new TrainingBatch(task.Inputs, data.Collate(data.Read(Questions.View(new MLContext(1), Questions.Make(4)), "rows")));
            var engine = new TorchEngine(parameters) { RecomputesSegments = recomputes, Training = true, Random = new Generator(3) };
            var logits = options.ToSettings(["a", "b"]).ToNetwork().Logits(engine, batch.Inputs(CPU));
            foreach (var spec in parameters.Specs) parameters[spec.Name].grad?.zero_();
            logits.mul(logits).sum().backward();
            engine.Random!.Dispose();
            return parameters.Specs.Where(spec => parameters[spec.Name].grad is not null)
                .ToDictionary(spec => spec.Name, spec => parameters[spec.Name].grad!.data<float>().ToArray());
        }
    }

    /// <summary>In two halves on two threads too.</summary>
    [Theory]
    [InlineData(8)]
    [InlineData(200)]
    public void Dropout_drops_the_same_twice(int batchSize) =>
        LearnsTheSame(options => (options.Model, options.BatchSize) = (Questions.ModelWithDropout, batchSize));

    [Fact]
    public void It_goes_together_with_bfloat16() => LearnsTheSame(options => options.Precision = TrainingPrecision.BFloat16);

    [Theory]
    [InlineData(true, 2)]
    [InlineData(false, 1)]
    public void A_segment_is_computed_a_second_time_for_its_gradients(bool recomputes, int expected)
    {
        using var scope = NewDisposeScope();
        using var parameters = new ModelParameters([new("w", [3, 3], ParameterRole.Weight)], CPU);
        parameters.Initialize(WeightInitialization.Xavier, 0.02, 1);
        using var random = new Generator(5);
        var engine = new TorchEngine(parameters) { RecomputesSegments = recomputes, Training = true, Random = random };
        var weight = parameters["w"];
        Tensor x = rand([4, 3], requires_grad: true), other = rand([4, 3]);
        var (times, dropped) = (0, new List<float[]>());

        var outputs = engine.Segment([x, other], inputs =>
        {
            times++;
            var product = engine.Dropout(inputs[0].mm(weight), 0.5);
            dropped.Add(product.detach().data<float>().ToArray());
            return [product.add(inputs[1]), inputs[0].slice(0, 0, 1, 1)];
        });
        outputs[0].mul(outputs[0]).sum().add(outputs[1].sum()).backward();

        Assert.Equal(expected, times);
        Assert.All(dropped, values => Assert.Equal(dropped[0], values));

        // d/dx of |d(x W) + o|² + the sum of x's first row.
        var kept = tensor(dropped[0], [4, 3]).ne(0).to(ScalarType.Float32).mul(2);
        var outer = tensor(dropped[0], [4, 3]).add(other).mul(2).mul(kept);
        var expectedX = outer.mm(weight.t());
        expectedX[0].add_(1);
        GoldenAssert.Close(expectedX.detach().data<float>().ToArray(), x.grad!.data<float>().ToArray(), 1e-5, "x");
        GoldenAssert.Close(x.t().mm(outer).detach().data<float>().ToArray(), weight.grad!.data<float>().ToArray(), 1e-5, "w");
    }

    [Fact]
    public void A_segment_without_gradients_is_computed_once()
    {
        using var scope = NewDisposeScope();
        using var parameters = new ModelParameters([], CPU);
        var engine = new TorchEngine(parameters) { RecomputesSegments = true, Training = true };
        var input = rand([2]);
        Assert.Same(input, engine.Segment([input], inputs => inputs)[0]);
    }

    [Fact]
    public void Tensors_of_segments_are_let_go()
    {
        var rows = Questions.Make(40);
        Left(1);
        Assert.Equal(Left(4), Left(12));

        // What a run leaves for the collector to find does not grow with its updates.
        long Left(int epochs)
        {
            var before = Tensor.TotalCount;
            TrainingRun.Of(Questions.Options(o => (o.GradientCheckpointing, o.Epochs) = (true, epochs)), rows);
            for (var i = 0; i < 3; i++)
            {
                GC.Collect();
                GC.WaitForPendingFinalizers();
            }

            return Tensor.TotalCount - before;
        }
    }

    private static void LearnsTheSame(Action<VisualQuestionAnsweringOptions> change)
    {
        var rows = Questions.Make(60);
        TrainingRun Run(bool checkpointing) => TrainingRun.Of(
            Questions.Options(o =>
            {
                (o.Epochs, o.GradientCheckpointing) = (2, checkpointing);
                change(o);
            }),
            rows);
        TrainingRun kept = Run(false), again = Run(true);
        Assert.InRange(TrainingRun.Distance(kept.Weights, again.Weights), 0, 1e-5);
        Assert.Equal(kept.Progress[^1].Loss, again.Progress[^1].Loss, 1e-4);
    }
}
