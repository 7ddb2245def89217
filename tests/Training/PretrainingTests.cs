using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.VisionLanguage.Tests.Support;
using Xunit;

namespace MLNet.VisionLanguage.Tests.Training;

[Collection(TorchCollection.Name)]
public sealed class PretrainingTests
{
    private static readonly List<Caption> Rows = Captions.Make(96);

    private readonly MLContext _ml = new(1);

    [Theory]
    [InlineData("vilbert", RegionTarget.Classes, 60)]
    [InlineData("vilbert", RegionTarget.Features, 120)]
    [InlineData("vilbert", RegionTarget.Contrast, 60)]
    [InlineData("lxmert", null, 120)]
    [InlineData("vlbert", null, 150)]
    public void A_model_learns_which_caption_is_which_images(string kind, RegionTarget? target, int passes)
    {
        using var folder = new TemporaryFolder();
        var epochs = new List<TrainingProgress>();
        var options = Captions.Options(kind, o =>
        {
            (o.Epochs, o.RegionTarget) = (passes, target);
            o.Progress = new ImmediateProgress(progress =>
            {
                if (progress.EpochEnded) epochs.Add(progress);
            });
        });
        using var transformer = _ml.VisionLanguage().Trainers.Pretraining(options).Fit(Captions.View(_ml, Rows));
        Assert.True(
            epochs[^1].TrainingScore > epochs[0].TrainingScore + 0.2 && epochs[^1].Loss < 0.8 * epochs[0].Loss, $"{epochs[0]} {epochs[^1]}");

        var others = Captions.Make(40, seed: 9);
        var rows = others.Concat(Captions.Exchanged(others)).ToList();
        var view = Captions.View(_ml, rows);
        var expected = Read(transformer.Transform(view));
        var right = expected.Where((row, i) => row.PredictedLabel == i < others.Count).Count();
        Assert.True(right >= 0.8 * rows.Count, $"{right} of {rows.Count} captions are told right.");
        Assert.All(expected, row => Assert.Equal(row.Score > 0.5f, row.PredictedLabel));

        var path = folder.File("model.zip");
        _ml.Model.Save(transformer, view.Schema, path);
        foreach (var model in new[] { new MLContext(2).Model.Load(path, out _), new MLContext(3).VisionLanguage().Load(path) })
        {
            var found = Read(model.Transform(view));
            for (var i = 0; i < rows.Count; i++)
            {
                Assert.Equal(expected[i].Score, found[i].Score, 1e-5);
                Assert.Equal(expected[i].PredictedLabel, found[i].PredictedLabel);
            }
        }
    }

    [Theory]
    [InlineData("vilbert", RegionTarget.Contrast)]
    [InlineData("lxmert", null)]
    [InlineData("vlbert", null)]
    public void A_cancelled_run_goes_on_where_it_was(string kind, RegionTarget? target)
    {
        using var folder = new TemporaryFolder();
        PretrainingOptions Options(string? checkpoints) => Captions.Options(kind, o =>
            (o.CheckpointFolder, o.RegionTarget, o.ReportEvery, o.ValidationFraction) = (checkpoints, target, 1, 0.2));
        using var cancellation = new CancellationTokenSource();
        var cancelled = Options(folder.Path);
        cancelled.Cancellation = cancellation.Token;
        cancelled.Progress = new ImmediateProgress(progress =>
        {
            if (progress.Update == 7) cancellation.Cancel();
        });
        var view = Captions.View(_ml, Rows);
        Assert.Throws<OperationCanceledException>(() => _ml.VisionLanguage().Trainers.Pretraining(cancelled).Fit(view));
        var resumed = Weights(Options(folder.Path), "resumed");
        var whole = Weights(Options(null), "whole");
        Assert.Equal(0, TrainingRun.Distance(whole, resumed));

        Dictionary<string, float[]> Weights(PretrainingOptions options, string name)
        {
            using var transformer = _ml.VisionLanguage().Trainers.Pretraining(options).Fit(view);
            return Saved(transformer, folder.File(name + ".safetensors"));
        }
    }

    [Theory]
    [InlineData("vilbert", "bert.encoder.layer.0.attention.self.query.weight", "bert.encoder.layer.0.attention.self.query.weight")]
    [InlineData("lxmert", "bert.encoder.layer.0.attention.self.query.weight", "lxrt_encoder.model.bert.encoder.layer.0.attention.self.query.weight")]
    [InlineData("vlbert", "vlbert.mlm_head.predictions.transform.dense.weight", "final_mlp.0.dense.weight")]
    public void Its_weights_are_where_question_answering_begins(string kind, string pretrained, string fineTuned)
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("pretrained.safetensors");
        using var transformer = _ml.VisionLanguage().Trainers.Pretraining(Captions.Options(kind)).Fit(Captions.View(_ml, Rows));
        var all = Saved(transformer, path);
        Assert.All(all.Where(pair => pair.Key.EndsWith("decoder.weight", StringComparison.Ordinal)), pair => Assert.Contains(pair.Value, x => x != 0));

        // At a rate of 0 the model is what it began as.
        var options = Questions.Options(o =>
            (o.Model, o.InitialWeights, o.LearningRate, o.Epochs) = (Questions.ModelOf(kind), path, 0, 1));
        using var answers = _ml.VisionLanguage().Trainers.VisualQuestionAnswering(options).Fit(Questions.View(_ml, Questions.Make(8)));
        Assert.Equal(all[pretrained], Saved(answers, folder.File("answers.safetensors"))[fineTuned]);

        // And pre-training goes on from them.
        var again = Captions.Options(kind, o => (o.SizesFromData, o.InitialWeights, o.LearningRate, o.Epochs) = (false, path, 0, 1));
        using var further = _ml.VisionLanguage().Trainers.Pretraining(again).Fit(Captions.View(_ml, Rows));
        Assert.Equal(0, TrainingRun.Distance(all, Saved(further, folder.File("again.safetensors"))));
    }

    [Fact]
    public void A_text_models_weights_are_a_beginning()
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("bert.safetensors");
        var text = Questions.Model;
        var random = new Random(1);
        float[] table = [.. Enumerable.Range(0, text.VocabularySize * text.HiddenSize).Select(_ => (float)random.NextDouble())];
        SafeTensors.Write(path, [new NamedTensor("bert.embeddings.word_embeddings.weight", [text.VocabularySize, text.HiddenSize], table)]);
        var options = Captions.Options(change: o => (o.SizesFromData, o.InitialWeights, o.LearningRate, o.Epochs) = (false, path, 0, 1));
        using var transformer = _ml.VisionLanguage().Trainers.Pretraining(options).Fit(Captions.View(_ml, Rows));
        Assert.Equal(table, Saved(transformer, folder.File("weights.safetensors"))["bert.embeddings.word_embeddings.weight"]);
    }

    [Fact]
    public void Columns_of_the_detector_that_are_wrong_are_told_of()
    {
        Refused<ArgumentException>("vilbert", o => o.RegionClassesColumnName = "Nothing", null, "'Nothing'");
        Refused<ArgumentException>("vilbert", o => o.RegionClassesColumnName = "Objects", null, "'Objects' must be of type Vector<Single>");
        Refused<InvalidDataException>("vilbert", null, row => row.Classes = [1], "column 'Classes' has 1 values");
        Refused<InvalidDataException>("vilbert", null, row => row.Classes[1] = 1.5f, "column 'Classes': value 1 is 1.5; numbers from 0 to 1 are expected");
        Refused<InvalidDataException>("vlbert", null, row => row.Classes[1] = float.NaN, "column 'Classes': value 1 is NaN");
        Refused<InvalidDataException>("lxmert", null, row => row.Objects[0] = 1600, "column 'Objects': value 0 is 1600; numbers from -1 to 1599");
        Refused<InvalidDataException>("lxmert", null, row => row.Confidences = [], "column 'Confidences' has 0 values");
        Refused<ArgumentException>("lxmert", o => o.RegionObjectConfidencesColumnName = null, null, "RegionObjectConfidencesColumnName");
        Refused<ArgumentException>("vilbert", o => (o.RegionTarget, o.RegionClassesColumnName) = (RegionTarget.Classes, null), null, "RegionClassesColumnName");
        Refused<ArgumentException>("vilbert", o => o.MaskTokenId = 20, null, "MaskTokenId");
        Refused<ArgumentException>("vilbert", o => o.MaskTokenId = null, null, "MaskTokenId: 103");

        void Refused<T>(string kind, Action<PretrainingOptions>? change, Action<Caption>? spoil, string expected)
            where T : Exception
        {
            var rows = Captions.Make(6);
            spoil?.Invoke(rows[3]);
            var options = Captions.Options(kind, change);
            var error = Assert.ThrowsAny<T>(() => _ml.VisionLanguage().Trainers.Pretraining(options).Fit(Captions.View(_ml, rows)));
            Assert.Contains(expected, error.Message, StringComparison.Ordinal);
            if (spoil is not null) Assert.Contains("row 3", error.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Keys_are_numbers_that_count_from_one()
    {
        using var folder = new TemporaryFolder();
        var numbers = _ml.Data.LoadFromEnumerable(Enumerable.Range(0, 1600).Select(number => new ObjectNumber { Number = number }).ToList());
        var view = _ml.Transforms.Conversion.MapValueToKey("Keys", "Objects", keyData: numbers).Fit(Captions.View(_ml, Rows)).Transform(Captions.View(_ml, Rows));
        var weights = new[] { "Objects", "Keys" }.Select(column =>
        {
            var options = Captions.Options("lxmert", o => (o.RegionObjectsColumnName, o.Epochs) = (column, 1));
            using var transformer = _ml.VisionLanguage().Trainers.Pretraining(options).Fit(view);
            return Saved(transformer, folder.File(column + ".safetensors"));
        }).ToList();
        Assert.Equal(weights[0].Keys, weights[1].Keys);
        Assert.All(weights[0], pair => Assert.Equal(pair.Value, weights[1][pair.Key]));
    }

    [Fact]
    public void A_pipeline_goes_on_with_its_columns()
    {
        var view = Captions.View(_ml, Rows.Take(20));
        var pipeline = _ml.Transforms.CopyColumns("Text", "InputIds")
            .Append(_ml.VisionLanguage().Trainers.Pretraining(Captions.Options(change: o => (o.Epochs, o.ScoreColumnName) = (1, "Match"))))
            .Append(_ml.Transforms.CopyColumns("Again", "Match"))
            .Append(_ml.Transforms.Conversion.ConvertType("Number", "PredictedLabel", DataKind.Single));
        using var model = pipeline.Fit(view);
        var schema = model.Transform(view).Schema;
        Assert.Equal(NumberDataViewType.Single, schema["Again"].Type);
        Assert.Equal(BooleanDataViewType.Instance, schema["PredictedLabel"].Type);
        Assert.Equal(NumberDataViewType.Single, schema["Number"].Type);
    }

    private sealed class ObjectNumber
    {
        public long Number { get; set; }
    }

    private List<Matched> Read(IDataView view) => [.. _ml.Data.CreateEnumerable<Matched>(view, reuseRowObject: false)];

    private static Dictionary<string, float[]> Saved(TaskTransformer transformer, string path)
    {
        transformer.SaveWeights(path);
        using var checkpoint = Checkpoint.Open(path);
        return checkpoint.Names.ToDictionary(name => name, name => checkpoint[name].ToSingles());
    }
}
