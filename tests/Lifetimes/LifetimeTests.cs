using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.VisionLanguage.Tests.Scoring;
using MLNet.VisionLanguage.Tests.Support;
using MLNet.VisionLanguage.Tests.Tool;
using Xunit;

namespace MLNet.VisionLanguage.Tests.Lifetimes;

/// <summary>Who may be disposed when, and what those hear who come too late.</summary>
public sealed class LifetimeTests : IDisposable
{
    private static readonly GridFeatureOptions Grid = new() { Grid = 2, CellSize = 1 };

    private readonly TemporaryFolder _folder = new();
    private readonly MLContext _ml = new(seed: 1);
    private readonly IDataView _images;

    public LifetimeTests()
    {
        foreach (var (name, rgb) in ColourQuestions.Colours) ColourQuestions.WriteImage(_folder.File(name + ".png"), rgb, seed: 1);
        _images = _ml.Data.LoadFromEnumerable(ColourQuestions.Colours.Keys.Select(name => new ImageRow { ImagePath = _folder.File(name + ".png") }));
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Every_fit_has_its_own_session()
    {
        var estimator = _ml.Transforms.LoadImageFiles("Image", "", "ImagePath").Append(_ml.Transforms.ExtractGridFeatures("Image", Grid));
        var first = estimator.Fit(_images);
        using var second = estimator.Fit(_images);
        var expected = Features(first);
        first.Dispose();
        Assert.Equal(expected, Features(second));
        using var third = estimator.Fit(_images);
        Assert.Equal(expected, Features(third));
    }

    [Fact]
    public void The_folds_of_a_cross_validation_are_disposed_one_by_one()
    {
        var estimator = _ml.Transforms.LoadImageFiles("Image", "", "ImagePath").Append(_ml.Transforms.ExtractGridFeatures("Image", Grid));
        var folds = _ml.Data.CrossValidationSplit(_images, numberOfFolds: 2);
        var models = folds.Select(fold => estimator.Fit(fold.TrainSet)).ToList();
        foreach (var (model, fold) in models.Zip(folds))
        {
            Assert.All(model.Transform(fold.TestSet).GetColumn<float[]>("RegionFeatures"), features => Assert.Equal(12, features.Length));
            model.Dispose();
        }
    }

    [Fact]
    public void A_disposed_transformer_says_so()
    {
        var model = _ml.Transforms.LoadImageFiles("Image", "", "ImagePath").Append(_ml.Transforms.ExtractGridFeatures("Image", Grid)).Fit(_images);
        var before = model.Transform(_images);
        var engine = _ml.Model.CreatePredictionEngine<ImageRow, FeatureRow>(model);
        Assert.Equal(12, engine.Predict(Row()).RegionFeatures.Length);
        engine.Dispose();
        RowErrors.Throws<ObjectDisposedException>(() => engine.Predict(Row()));
        RowErrors.Throws<ObjectDisposedException>(() => before.GetColumn<float[]>("RegionFeatures").ToList());
        Assert.Throws<ObjectDisposedException>(() => model.Transform(_images));
        Assert.Throws<ObjectDisposedException>(() => model.LastTransformer.GetOutputSchema(before.Schema));
        Assert.Throws<ObjectDisposedException>(() => _ml.Model.CreatePredictionEngine<ImageRow, FeatureRow>(model));
        Assert.Throws<ObjectDisposedException>(() => _ml.VisionLanguage().Save(model, _images.Schema, _folder.File("m.zip")));
        Assert.False(File.Exists(_folder.File("m.zip")));
    }

    [Fact]
    public void A_disposed_scorer_says_so_under_a_prediction_engine()
    {
        var model = AnswerFixture.Create(_ml);
        var rows = AnswerFixture.Rows(3);
        var engine = _ml.Model.CreatePredictionEngine<AnswerRow, AnswerOutput>(model);
        Assert.Equal(AnswerFixture.Answers, engine.Predict(rows[0]).Score.Length);
        engine.Dispose();
        RowErrors.Throws<ObjectDisposedException>(() => engine.Predict(rows[0]));
        Assert.Throws<ObjectDisposedException>(() => model.Transform(_ml.Data.LoadFromEnumerable(rows)));
    }

    [Fact]
    public void An_engine_that_does_not_own_its_model_leaves_it()
    {
        using var model = AnswerFixture.Create(_ml);
        var rows = AnswerFixture.Rows(3);
        var options = new PredictionEngineOptions { OwnsTransformer = false };
        using (var engine = _ml.Model.CreatePredictionEngine<AnswerRow, AnswerOutput>(model, options)) engine.Predict(rows[0]);
        Assert.Equal(3, AnswerFixture.Read(_ml, model.Transform(_ml.Data.LoadFromEnumerable(rows))).Count);
    }

    private static List<float[]> Features(ITransformer model, IDataView view) => [.. model.Transform(view).GetColumn<float[]>("RegionFeatures")];

    private List<float[]> Features(ITransformer model) => Features(model, _images);

    private ImageRow Row() => new() { ImagePath = _folder.File("red.png") };

    private sealed class ImageRow
    {
        public string ImagePath { get; set; } = "";
    }

    private sealed class FeatureRow
    {
        public float[] RegionFeatures { get; set; } = [];
    }
}
