using Microsoft.ML;
using MLNet.VisionLanguage.Engine;
using MLNet.VisionLanguage.Tasks.Captioning;
using MLNet.VisionLanguage.Tests.Support;
using MLNet.VisionLanguage.Tests.Training;
using Xunit;
using static TorchSharp.torch;

namespace MLNet.VisionLanguage.Tests.Tasks;

/// <summary>Captions that the scoring graph writes.</summary>
[Collection(TorchCollection.Name)]
public sealed class CaptioningTests
{
    private static readonly BytePairVocabulary Vocabulary = CaptionRows.Vocabulary;

    private readonly MLContext _ml = new(1);

    private static FiberConfig Model => CaptionRows.Model;

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void Captions_do_not_depend_on_the_batch_and_survive_a_file(int beams)
    {
        using var folder = new TemporaryFolder();
        var view = Questions.View(_ml, Questions.Make(4));
        using var model = Create(beams, ranksAsReference: false);
        var whole = Read(model.Transform(view));
        Assert.Equal(8, whole.Count);
        Assert.True(whole.Select(row => row.Caption).Distinct().Count() > 1, "All captions are the same.");
        Assert.All(whole, row => Assert.InRange(row.Score, -20, 0));
        Assert.Equal(whole, Read(model.TransformInBatches(view, 1)), Same);

        _ml.VisionLanguage().Save(model, view.Schema, folder.File("m.zip"));
        Assert.Equal(whole, Read(new MLContext(2).Model.Load(folder.File("m.zip"), out _).Transform(view)), Same);
        using var loaded = (ImageCaptioningTransformer)new MLContext(3).VisionLanguage().Load(folder.File("m.zip"));
        Assert.Equal((beams, 8), (loaded.Beams, loaded.MaxLength));
        Assert.Equal(whole, Read(loaded.Transform(view)), Same);

        model.SaveWeights(folder.File("w.safetensors"));
        var (again, match) = _ml.VisionLanguage().LoadImageCaptioning(folder.File("w.safetensors"), Model, Vocabulary, beams, maxLength: 8);
        using (again) Assert.Equal(whole, Read(again.Transform(view)), Same);
        Assert.Empty(match.Mismatched);
    }

    [Fact]
    public void More_beams_find_captions_at_least_as_likely_and_one_beam_is_alike_however_it_ranks()
    {
        var view = Questions.View(_ml, Questions.Make(4));
        List<Written> Of(int beams, bool ranksAsReference)
        {
            using var model = Create(beams, ranksAsReference);
            return Read(model.Transform(view));
        }

        Assert.Equal(Of(1, false), Of(1, true), Same);
        Assert.True(Of(4, false).Average(row => row.Score) >= Of(1, false).Average(row => row.Score) - 1e-4);
    }

    [Fact]
    public void Captions_are_learnt()
    {
        var rows = CaptionRows.Make(60);
        var losses = new List<double>();
        var view = Questions.View(_ml, rows);
        var options = CaptionRows.Options(epochs: 60, options => options.Progress = new Told(progress => losses.Add(progress.Loss)));
        using var model = _ml.VisionLanguage().Trainers.ImageCaptioning(options).Fit(view);
        var written = Read(model.Transform(_ml.Transforms.DropColumns("InputIds", "AttentionMask", "TokenTypeIds").Fit(view).Transform(view)));
        var right = rows.Zip(written).Count(pair => CaptionRows.CaptionOf(pair.First) == pair.Second.Caption);
        Assert.True(right >= 54, $"{right} of {rows.Count} captions are right, such as '{written[0].Caption}' ({written[0].Score}) and '{written[^1].Caption}'; losses {string.Join(" ", losses.Where((_, i) => i % 10 == 0).Select(loss => loss.ToString("F2")))}.");
        Assert.Contains("Vocabulary", Assert.ThrowsAny<ArgumentException>(
            () => _ml.VisionLanguage().Trainers.ImageCaptioning(new ImageCaptioningOptions { Model = Model })).Message);
    }

    [Fact]
    public void What_cannot_write_captions_is_told()
    {
        Assert.Contains("writes no captions", Refused<NotSupportedException>(new CaptionSettings
        {
            Model = Questions.Model with { VocabularySize = 400 },
            Words = CaptionVocabulary.Of(BertVocabulary.Build(["a box"])),
            MaxLength = 8,
        }));
        Assert.Contains("fills texts up", Refused<ArgumentException>(Settings(1, false) with { Words = CaptionVocabulary.Of(BertVocabulary.Build(["a box"])) }));
        Assert.Contains("Beams", Refused<ArgumentException>(Settings(0, false)));
        Assert.Contains("MaxLength", Refused<ArgumentException>(Settings(1, false) with { MaxLength = 500 }));
    }

    private string Refused<TException>(CaptionSettings settings)
        where TException : Exception =>
        Assert.ThrowsAny<TException>(() => settings.Create(_ml, new RandomWeights(settings.ToNetwork()))).Message;

    private static CaptionSettings Settings(int beams, bool ranksAsReference) => new()
    {
        Model = Model,
        Words = CaptionVocabulary.Of(Vocabulary),
        Beams = beams,
        MaxLength = 8,
        RanksAsReference = ranksAsReference,
        BatchSize = 4,
    };

    private ImageCaptioningTransformer Create(int beams, bool ranksAsReference)
    {
        var settings = Settings(beams, ranksAsReference);
        using var parameters = new ModelParameters(settings.ToNetwork().Parameters(), CPU);
        parameters.Initialize(WeightInitialization.Xavier, 0.2, 7);
        return settings.Create(_ml, parameters.AsSource());
    }

    private List<Written> Read(IDataView view) => [.. _ml.Data.CreateEnumerable<Written>(view, reuseRowObject: false)];

    private static bool Same(Written one, Written other) => one.Caption == other.Caption && Math.Abs(one.Score - other.Score) < 1e-4;

    private sealed class Told(Action<TrainingProgress> tell) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value) => tell(value);
    }

    private sealed class Written
    {
        public string Caption { get; set; } = "";

        public float Score { get; set; }
    }
}
