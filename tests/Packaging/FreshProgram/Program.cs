// A user's first program: no part of the build, but of the project that PackageTests makes.
using Microsoft.ML;
using MLNet.VisionLanguage;
using TorchSharp;

// Before the library is touched: the package's targets have made TorchSharp load here.
using (var ones = torch.ones(3)) Console.WriteLine($"sum {ones.sum().item<float>()}");

const int FeatureSize = 8;
var ml = new MLContext(seed: 1);
var updates = 0;
var rows = Enumerable.Range(0, 8).Select(i => new Row(i % 2)).ToArray();
var view = ml.Data.LoadFromEnumerable(rows);
using var model = ml.VisionLanguage().Trainers.VisualQuestionAnswering(new()
{
    Model = ViLbertConfig.Tiny with { VocabularySize = 20, RegionFeatureSize = FeatureSize },
    Initialization = WeightInitialization.Xavier,
    Epochs = 1,
    BatchSize = 4,
    ValidationFraction = 0,
    ReportEvery = 1,
    Progress = new Counter(progress => updates = (int)progress.Update),
}).Fit(view);
Console.WriteLine($"updates {updates}");

ml.Model.Save(model, view.Schema, "vqa.zip");
var trained = Scores(model);
Console.WriteLine($"plain ML.NET {Same(trained, Scores(ml.Model.Load("vqa.zip", out _)))}");
Console.WriteLine($"batched {Same(trained, Scores(ml.VisionLanguage().Load("vqa.zip")))}");

Prediction[] Scores(ITransformer transformer) =>
    [.. ml.Data.CreateEnumerable<Prediction>(transformer.Transform(view), reuseRowObject: false)];

static string Same(Prediction[] a, Prediction[] b)
{
    var difference = a.Zip(b, (x, y) => x.Score.Zip(y.Score, (p, q) => Math.Abs(p - q)).Max()).Max();
    return $"{b.Length} rows of {b[0].Score.Length} answers {(difference < 1e-5f ? "equal" : $"differ by {difference}")}";
}

internal sealed class Counter(Action<TrainingProgress> report) : IProgress<TrainingProgress>
{
    public void Report(TrainingProgress value) => report(value);
}

internal sealed class Row(int colour)
{
    public long[] InputIds { get; set; } = [2, 5, 6, 3];

    public long[] AttentionMask { get; set; } = [1, 1, 1, 1];

    public long[] TokenTypeIds { get; set; } = [0, 0, 0, 0];

    public float[] RegionFeatures { get; set; } = [.. Enumerable.Range(0, 8).Select(i => i == colour ? 1f : 0f)];

    public float[] RegionBoxes { get; set; } = [0, 5, 8, 20];

    [Microsoft.ML.Data.VectorType(2)]
    public float[] ImageSize { get; set; } = [40, 30];

    public string[] Answers { get; set; } = [colour == 0 ? "red" : "blue"];

    public float[] AnswerScores { get; set; } = [1];
}

internal sealed class Prediction
{
    public float[] Score { get; set; } = [];
}
