using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using Xunit;

namespace MLNet.VisionLanguage.Tests.Platform;

/// <summary>Chains, prediction engines, contexts and logs, as a third party meets them.</summary>
public sealed class PipelineTests
{
    private readonly MLContext _ml = new(seed: 1);

    [Fact]
    public void Third_party_estimators_chain_and_tell_when_they_are_fitted()
    {
        DelegatingTransformer? fitted = null;
        var pipeline = new EstimatorChain<ITransformer>()
            .Append(_ml.Transforms.CopyColumns("Copy", "Text"))
            .Append(new DelegatingEstimator(VocabularyModel.Build(_ml, "a\nb")).WithOnFitDelegate(t => fitted = t));
        var model = pipeline.Fit(View("b"));

        Assert.Same(fitted, model.LastTransformer);
        Assert.Equal(2, model.Count());
        Assert.Same(fitted, model.Last());
        Assert.Equal([1L], model.Transform(View("b")).GetColumn<long[]>("Ids").Single());
    }

    [Fact]
    public void Cache_checkpoints_leave_the_result_alone()
    {
        var model = new DelegatingEstimator(VocabularyModel.Build(_ml, "a\nb"))
            .AppendCacheCheckpoint(_ml)
            .Append(_ml.Transforms.Conversion.MapValueToKey("Key", "Ids"))
            .Fit(View("b a", "a"));
        Assert.Equal([[1u, 2u], [2u]], model.Transform(View("b a", "a")).GetColumn<uint[]>("Key"));
    }

    [Fact]
    public void Fit_checks_the_whole_pipeline_first()
    {
        bool ran = false;
        var pipeline = new DelegatingEstimator(_ml.Transforms.CopyColumns("Copy", "Text")).WithOnFitDelegate(_ => ran = true)
            .Append(_ml.Transforms.CopyColumns("Other", "NoSuchColumn"));
        var error = Assert.Throws<ArgumentOutOfRangeException>(() => pipeline.Fit(View("a")));
        Assert.Contains("NoSuchColumn", error.Message);
        Assert.False(ran);
    }

    [Fact]
    public void Prediction_engine_fills_objects_and_disposes_the_model()
    {
        var model = new DelegatingTransformer(VocabularyModel.Build(_ml, "a\nb").Fit(View("a")));
        var engine = _ml.Model.CreatePredictionEngine<Question, QuestionIds>(model);
        var reused = new QuestionIds();
        engine.Predict(new Question { Text = "b a b" }, ref reused);
        Assert.Equal([1L, 0L, 1L], reused.Ids);
        Assert.Equal([0L], engine.Predict(new Question { Text = "a" }).Ids);
        Assert.Contains(engine.OutputSchema, c => c.Name == "Ids");

        engine.Dispose();
        engine.Dispose();
        Assert.Equal(1, model.Disposals);
    }

    [Fact]
    public void Prediction_engine_leaves_a_model_that_it_does_not_own()
    {
        var model = new DelegatingTransformer(VocabularyModel.Build(_ml, "a").Fit(View("a")));
        _ml.Model.CreatePredictionEngine<Question, QuestionIds>(model, new PredictionEngineOptions { OwnsTransformer = false }).Dispose();
        Assert.Equal(0, model.Disposals);
    }

    [Fact]
    public void Disposing_a_chain_disposes_its_transformers()
    {
        var model = new DelegatingTransformer(VocabularyModel.Build(_ml, "a").Fit(View("a")));
        new TransformerChain<ITransformer>(model, model).Dispose();
        Assert.Equal(2, model.Disposals);
    }

    [Fact]
    public void Contexts_are_environments_and_show_their_channels()
    {
        var seen = new List<LoggingEventArgs>();
        _ml.Log += (_, e) => seen.Add(e);
        IHostEnvironment env = _ml;
        var host = env.Register("Trainer", seed: 3);
        using (var channel = host.Start("Training"))
        {
            channel.Info(MessageSensitivity.None, "epoch {0}", 1);
            channel.Warning(MessageSensitivity.None, "slow");
            channel.Error(MessageSensitivity.None, "broken");
            channel.Trace(MessageSensitivity.None, "detail");
            using var progress = host.StartProgressChannel("silent");
            progress.SetHeader(new ProgressHeader("rows"), entry => entry.SetProgress(0, 5));
            progress.Checkpoint(5);
        }

        var own = seen.Where(e => e.Source == "Trainer; Training").ToList();
        Assert.Contains(own, e => e is { Kind: ChannelMessageKind.Info, RawMessage: "epoch 1" });
        Assert.Contains(own, e => e.Message == "[Source=Trainer; Training, Kind=Warning] slow");
        Assert.Contains(own, e => e is { Kind: ChannelMessageKind.Error, RawMessage: "broken" });
        Assert.Contains(own, e => e is { Kind: ChannelMessageKind.Trace, RawMessage: "detail" });
        Assert.DoesNotContain(seen, e => e.Source.Contains("silent"));
    }

    private IDataView View(params string[] texts) => _ml.Data.LoadFromEnumerable(texts.Select(t => new Question { Text = t }));
}
