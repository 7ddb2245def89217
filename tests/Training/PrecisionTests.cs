using MLNet.VisionLanguage.Data;
using MLNet.VisionLanguage.Engine;
using MLNet.VisionLanguage.Tasks;
using MLNet.VisionLanguage.Tests.Support;
using Xunit;
using static TorchSharp.torch;

namespace MLNet.VisionLanguage.Tests.Training;

/// <summary>Products of bfloat16.</summary>
[Collection(TorchCollection.Name)]
public sealed class PrecisionTests
{
    public static TheoryData<string> Kinds => [.. VisionLanguageModel.Kinds];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Logits_and_gradients_are_floats_near_those_of_float32(string kind)
    {
        var rows = Questions.Make(4);
        var options = Questions.Options(o => o.Model = Questions.ModelOf(kind));
        using var scope = NewDisposeScope();
        using var parameters = new ModelParameters(options.ToSettings(["a", "b"]).ToNetwork().Parameters(), CPU);
        parameters.Initialize(WeightInitialization.Xavier, 0.02, 1);

        var (full, fullGradients) = Run(half: false);
        var (half, halfGradients) = Run(half: true);

        Assert.NotEqual(full, half);
        // The image tower of one kind begins with tokens of width 8, which round more.
        GoldenAssert.Close(full, half, (kind == FiberConfig.Base.Kind ? 0.05 : 0.03) * full.Max(MathF.Abs), "logits");
        static double Norm(IEnumerable<float> values) => Math.Sqrt(values.Sum(x => (double)x * x));
        var largest = fullGradients.Values.Max(values => Norm(values));
        foreach (var (name, expected) in fullGradients)
        {
            // Gradients are sums of many terms of either sign: what is compared is their direction and size.
            var difference = Norm(expected.Zip(halfGradients[name], (x, y) => x - y));
            Assert.True(difference <= (0.1 * Norm(expected)) + (0.005 * largest), $"{name}: {difference} of {Norm(expected)}, {largest}");
        }

        (float[] Logits, Dictionary<string, float[]> Gradients) Run(bool half)
        {
            using var folder = new TemporaryFolder();
            var task = new AnsweringTask(options);
            using var data = new TrainingRows<AnswerLabel>(task.Inputs, task.Labels, folder.Path);
            using var batch = new TrainingBatch(
                task.Inputs, data.Collate(data.Read(Questions.View(new Microsoft.ML.MLContext(1), rows), "rows")));
            var engine = new TorchEngine(parameters) { MultipliesInHalf = half };
            var logits = options.ToSettings(["a", "b"]).ToNetwork().Logits(engine, batch.Inputs(CPU));
            Assert.Equal(ScalarType.Float32, logits.dtype);
            foreach (var spec in parameters.Specs) parameters[spec.Name].grad?.zero_();
            logits.mul(logits).sum().backward();
            var gradients = parameters.Specs.Where(spec => parameters[spec.Name].grad is not null).ToDictionary(
                spec => spec.Name,
                spec =>
                {
                    Assert.Equal(ScalarType.Float32, parameters[spec.Name].grad!.dtype);
                    return parameters[spec.Name].grad!.data<float>().ToArray();
                });
            return (logits.detach().data<float>().ToArray(), gradients);
        }
    }

    [Fact]
    public void The_task_is_learnt_as_well()
    {
        TrainingRun Run(TrainingPrecision precision) => TrainingRun.Of(
            Questions.Options(o => (o.Epochs, o.Precision) = (16, precision)), Questions.Make(100), Questions.Make(12, seed: 9));

        TrainingRun half = Run(TrainingPrecision.BFloat16), full = Run(TrainingPrecision.Float32);

        Assert.True(half.Epochs.Max(epoch => epoch.ValidationScore) > 0.9, $"The validation score is {half.Epochs[^1].ValidationScore}.");
        Assert.InRange(half.Epochs[^1].Loss, 0, (2 * full.Epochs[^1].Loss) + 0.1);
        Assert.NotEqual(0, TrainingRun.Distance(full.Weights, half.Weights));
    }
}
