using Microsoft.ML;
using MLNet.VisionLanguage.Columns;
using MLNet.VisionLanguage.Data;
using MLNet.VisionLanguage.Engine;
using MLNet.VisionLanguage.Models;
using MLNet.VisionLanguage.Tests.Support;
using TorchSharp;
using Xunit;

namespace MLNet.VisionLanguage.Tests.Training;

/// <summary>Texts without an image in VL-BERT's pre-training.</summary>
[Collection(TorchCollection.Name)]
public sealed class TextCorpusTests
{
    private readonly MLContext _ml = new(1);

    [Fact]
    public void A_text_is_made_of_sentences_that_follow_each_other_without_special_tokens()
    {
        var sentences = new[] { new long[] { 2, 5, 3 }, [2, 6, 7, 3], [2, 3], [2, 8, 3, 9, 3] };
        using var corpus = Corpus(sentences, length: 7);
        Assert.Equal(7, corpus.Length);
        var random = new Random(1);
        var drawn = Enumerable.Range(0, 60).Select(_ => string.Join(' ', corpus.Draw(random))).ToHashSet();

        // The sentence without words is passed over, the first follows the last, and what is too much is cut.
        Assert.Equal(["5 6 7 8 9 5 6", "6 7 8 9 5 6 7", "8 9 5 6 7 8 9"], drawn.Order());
    }

    [Fact]
    public void Texts_without_words_and_bad_texts_are_refused()
    {
        Assert.Contains("the texts have no words", Refused([[2, 3], [2, 3]]), StringComparison.Ordinal);
        Assert.Contains("the texts has no rows", Refused([]), StringComparison.Ordinal);
        var bad = Refused([[2, 5, 3], [2, 99, 3]]);
        Assert.Contains("row 1 of the texts", bad, StringComparison.Ordinal);
        Assert.Contains("99", bad, StringComparison.Ordinal);

        string Refused(long[][] sentences) => Assert.Throws<InvalidDataException>(() => Corpus(sentences, 4)).Message;
    }

    [Theory]
    [InlineData("vilbert")]
    [InlineData("lxmert")]
    public void Other_models_have_no_use_for_texts(string kind)
    {
        var options = Captions.Options(kind, o => o.Texts = Captions.View(_ml, Captions.Sentences(3)));
        var error = Assert.Throws<ArgumentException>(() => _ml.VisionLanguage().Trainers.Pretraining(options));
        Assert.Contains("Option Texts", error.Message, StringComparison.Ordinal);
    }

    /// <summary>No caption has the word that follows each colour in the texts.</summary>
    [Fact]
    public void Words_are_learnt_from_texts_and_the_embedding_for_no_image_is_saved()
    {
        using var folder = new TemporaryFolder();
        double With(bool texts)
        {
            var options = Captions.Options("vlbert", o =>
            {
                (o.Epochs, o.ReplacesCaptions, o.TextBatchSize) = (40, false, 32);
                if (texts) o.Texts = Captions.View(_ml, Captions.Sentences(50));
            });
            var path = folder.File($"{texts}.safetensors");
            using (var transformer = _ml.VisionLanguage().Trainers.Pretraining(options).Fit(Captions.View(_ml, Captions.Make(32))))
                transformer.SaveWeights(path);
            using var checkpoint = Checkpoint.Open(path);
            Assert.Equal(texts, checkpoint.Names.Contains("aux_text_visual_embedding.weight"));
            return Told(checkpoint, texts);
        }

        double without = With(false), with = With(true);
        Assert.True(with > 0.7 && without == 0, $"{with:F2} of the hidden words are told with texts, {without:F2} without.");
    }

    [Fact]
    public void A_cancelled_run_with_texts_goes_on_where_it_was_and_other_texts_are_another_run()
    {
        using var folder = new TemporaryFolder();
        var view = Captions.View(_ml, Captions.Make(48));
        PretrainingOptions Options(string? checkpoints, int seed = 1) => Captions.Options("vlbert", o =>
        {
            (o.CheckpointFolder, o.ReportEvery, o.ValidationFraction) = (checkpoints, 1, 0.2);
            o.Texts = Captions.View(_ml, Captions.Sentences(20, seed));
        });
        using var cancellation = new CancellationTokenSource();
        var cancelled = Options(folder.Path);
        cancelled.Cancellation = cancellation.Token;
        cancelled.Progress = new ImmediateProgress(progress =>
        {
            if (progress.Update == 4) cancellation.Cancel();
        });
        Assert.Throws<OperationCanceledException>(() => _ml.VisionLanguage().Trainers.Pretraining(cancelled).Fit(view));
        var error = Assert.ThrowsAny<Exception>(() => _ml.VisionLanguage().Trainers.Pretraining(Options(folder.Path, seed: 2)).Fit(view));
        Assert.Contains("texts", error.Message, StringComparison.Ordinal);
        Assert.Equal(0, TrainingRun.Distance(Weights(Options(null), "whole"), Weights(Options(folder.Path), "resumed")));

        Dictionary<string, float[]> Weights(PretrainingOptions options, string name)
        {
            var path = folder.File(name + ".safetensors");
            using (var transformer = _ml.VisionLanguage().Trainers.Pretraining(options).Fit(view)) transformer.SaveWeights(path);
            using var checkpoint = Checkpoint.Open(path);
            return checkpoint.Names.ToDictionary(weight => weight, weight => checkpoint[weight].ToSingles());
        }
    }

    private TextCorpus Corpus(long[][] sentences, int length)
    {
        var rows = sentences.Select(ids => new Caption
        {
            InputIds = ids,
            AttentionMask = [.. ids.Select(_ => 1L)],
            TokenTypeIds = new long[ids.Length],
        });
        var options = Captions.Options("vlbert");
        var inputs = new InputColumns("Texts", StandardColumns.TextsAndImages(options.Columns, options.Model.Limits, [""], []));
        return new(inputs, Captions.View(_ml, rows), length, options.RowIdColumnName, _ => { });
    }

    /// <summary>In how many texts the pre-trained model tells the hidden word that follows the first colour, without an image.</summary>
    private static double Told(Checkpoint checkpoint, bool texts)
    {
        using var scope = torch.NewDisposeScope();
        using var gradients = torch.no_grad();
        var model = (VlBertConfig)Questions.ModelOf("vlbert").ForPretraining(Captions.Colours);
        if (texts) model = (VlBertConfig)model.WithTexts()!;
        var specs = VisionLanguage.Heads.MatchingHead.PretrainingParameters(model);
        using var parameters = new ModelParameters(specs, torch.CPU);
        parameters.Load(VisionLanguage.Heads.CheckpointMatcher.Match(checkpoint, model, specs));
        var engine = new TorchEngine(parameters);
        long[] rest = [Captions.FirstColour, Captions.TextWord];
        var ids = torch.tensor(
            Enumerable.Range(0, Captions.Colours)
                .SelectMany(colour => (long[])[Captions.FirstColour + colour, Captions.Mask, .. rest, .. rest, .. rest]).ToArray(),
            [Captions.Colours, 8]);
        var caption = new VlBertText<torch.Tensor>(ids, torch.zeros_like(ids), torch.ones_like(ids, torch.ScalarType.Float32));
        var trunk = new VlBertTrunk<torch.Tensor>(engine, model);
        var none = torch.zeros([Captions.Colours, 1, model.VisualSize]);
        var blind = texts ? none + engine.Parameter("aux_text_visual_embedding.weight", [1, model.VisualSize], ParameterRole.Table) : none;
        var states = trunk.Run(caption, blind, none, trunk.Meaning(), torch.zeros([Captions.Colours, 1]), hasSlot: false);
        var words = new VlBertHeads<torch.Tensor>(engine, model).PredictTokens(states.Text);
        var told = words.select(1, 1).argmax(1).data<long>().ToArray();
        return told.Count(word => word == Captions.TextWord) / (double)told.Length;
    }
}
