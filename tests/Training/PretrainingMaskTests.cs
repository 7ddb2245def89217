using Microsoft.ML;
using MLNet.VisionLanguage.Columns;
using MLNet.VisionLanguage.Data;
using MLNet.VisionLanguage.Objectives;
using MLNet.VisionLanguage.Tasks.Pretraining;
using MLNet.VisionLanguage.Tests.Support;
using Xunit;

namespace MLNet.VisionLanguage.Tests.Training;

/// <summary>What is hidden of a batch, and how often; 2000 captions are some 6000 words and 4000 regions.</summary>
public sealed class PretrainingMaskTests
{
    private const int Count = 2000;

    private static readonly List<Caption> Rows = WithAnswers(Captions.Make(Count));

    [Theory]
    [InlineData("vilbert", 0.9)]
    [InlineData("lxmert", 0.8)]
    [InlineData("vlbert", 0.9)]
    public void Words_regions_and_captions_are_hidden_as_often_as_the_references_do(string kind, double hiddenShare)
    {
        using var prepared = new Prepared(kind);
        var (batch, targets) = prepared.Take(1);
        int words = 0, chosen = 0, masked = 0, kept = 0, regions = 0, predicted = 0, hidden = 0;
        for (var i = 0; i < Count; i++)
        {
            var text = prepared.TextOf(i);
            Span<long> ids = batch.Row<long>(prepared.Ids, i), labels = targets.Words.Row(i);
            Assert.Equal((2, MaskedTokens.None), (ids[0], labels[0]));
            Assert.Equal((3, MaskedTokens.None), (ids[text.Length - 1], labels[text.Length - 1]));
            for (var k = 0; k < ids.Length; k++)
            {
                var isWord = k > 0 && k < text.Length - 1;
                if (isWord) words++;
                if (labels[k] == MaskedTokens.None)
                {
                    Assert.Equal(k < text.Length ? text[k] : 0, ids[k]);
                    continue;
                }

                Assert.True(isWord);
                Assert.Equal(text[k], labels[k]);
                chosen++;
                if (ids[k] == Captions.Mask) masked++;
                else if (ids[k] == text[k]) kept++;
            }

            var count = Rows[i].RegionBoxes.Length / 4;
            regions += count;
            for (var n = 0; n < count; n++)
            {
                var isHidden = targets.Hidden.Row(i)[n] == 1;
                var feature = batch.Row<float>(prepared.Features, i).Slice(n * Questions.FeatureSize, Questions.FeatureSize);
                Assert.Equal(isHidden, feature.IndexOfAnyExcept(0f) < 0);
                if (isHidden) hidden++;
                if (targets.Regions.Row(i)[n] == 1) predicted++;
                else Assert.Equal(Rows[i].RegionFeatures[n * Questions.FeatureSize], feature[0]);
            }
        }

        Near(0.15, chosen, words);
        Near(0.8, masked, chosen);
        Near(0.1, kept, chosen, margin: 0.04); // a random word may be the word itself
        Near(0.15, predicted, regions);
        Near(hiddenShare, hidden, predicted);
        Near(0.5, targets.Replaced.Values.ToArray().Count(replaced => replaced == 1), Count);
        for (var i = 0; i < Count; i++)
            Assert.Equal(prepared.IsReplaced(i), targets.Replaced.Values.Span[i] == 1);
    }

    [Fact]
    public void A_batch_is_the_same_for_its_seed_and_another_for_another()
    {
        using var prepared = new Prepared("vilbert");
        long[] Labels(int seed) => prepared.Take(seed).Targets.Words.Values.ToArray();
        var first = Labels(1);
        Assert.Equal(first, Labels(1));
        Assert.NotEqual(first, Labels(2));
    }

    [Fact]
    public void Of_a_replaced_caption_nothing_is_predicted_where_pairs_alone_are_asked_for()
    {
        using var prepared = new Prepared("vilbert", o => o.PredictsPairsOnly = true);
        var targets = prepared.Take(1).Targets;
        var predicted = 0;
        for (var i = 0; i < Count; i++)
        {
            var none = targets.Words.Row(i).IndexOfAnyExcept(MaskedTokens.None) < 0 && targets.Regions.Row(i).IndexOfAnyExcept(MaskedTokens.None) < 0;
            if (targets.Replaced.Values.Span[i] == 1) Assert.True(none);
            else if (!none) predicted++;
        }

        Assert.True(predicted > 0);
    }

    [Fact]
    public void A_caption_is_replaced_by_one_of_another_image()
    {
        using var prepared = new Prepared("vilbert", o => o.ReplacesCaptions = false);
        Assert.Equal(0, prepared.Take(1).Targets.Replaced.Values.ToArray().Sum());
    }

    [Fact]
    public void Of_several_answers_one_is_drawn_by_their_scores()
    {
        using var prepared = new Prepared("lxmert", o => (o.AnswersColumnName, o.AnswerScoresColumnName, o.Answers) =
            ("Answers", "AnswerScores", ["nothing", "red", "blue"]));
        var targets = prepared.Take(1).Targets;
        int first = 0, pairs = 0;
        for (var i = 0; i < Count; i++)
        {
            var drawn = targets.Answers.Values.Span[i];
            if (targets.Replaced.Values.Span[i] == 1 || i % 4 == 0) Assert.Equal(MaskedTokens.None, drawn);
            else Assert.InRange(drawn, 1, 2);
            (first, pairs) = (first + (drawn == 1 ? 1 : 0), pairs + (drawn > 0 ? 1 : 0));
        }

        Near(0.75, first, pairs, margin: 0.06);
    }

    /// <summary>Three rows of four have two answers that are told apart, in several spellings, and all have one that is not.</summary>
    private static List<Caption> WithAnswers(List<Caption> rows)
    {
        foreach (var (i, row) in rows.Index())
        {
            if (i % 4 == 0) (row.Answers, row.AnswerScores) = (["purple"], [1]);
            else (row.Answers, row.AnswerScores) = (["a red", "BLUE.", "purple"], [0.9f, 0.3f, 1]);
        }

        return rows;
    }

    private static void Near(double expected, int found, int of, double margin = 0.03) =>
        Assert.True(Math.Abs(expected - ((double)found / of)) < margin, $"{found} of {of}; a share of {expected} is expected.");

    private sealed class Prepared : IDisposable
    {
        private readonly TemporaryFolder _folder = new();
        private readonly PretrainingTask _task;
        private readonly TrainingRows<PretrainingLabel> _data;
        private readonly IReadOnlyList<TrainingRow<PretrainingLabel>> _rows;
        private readonly List<IDisposable> _taken = [];
        private IReadOnlyList<TrainingRow<PretrainingLabel>> _drawn = [];

        public Prepared(string kind, Action<PretrainingOptions>? change = null)
        {
            var view = Captions.View(new MLContext(1), Rows);
            _task = PretrainingTrainer.TaskFor(Captions.Options(kind, change), view);
            _data = new(_task.Inputs, _task.Labels, _folder.Path);
            _rows = _data.Read(view, "captions");
            _task.Settle(_rows, null!);
            (Ids, Features) = (_task.Inputs.Place(StandardColumns.InputIds), _task.Inputs.Place(StandardColumns.RegionFeatures));
        }

        public int Ids { get; }

        public int Features { get; }

        public (ColumnBatch Batch, PretrainingBatch Targets) Take(int seed)
        {
            var random = new Random(seed);
            _drawn = _task.Draw(_data, _rows, _rows, random);
            var batch = _data.Collate(_drawn);
            var columns = _task.Prepare(batch, _drawn, random);
            _taken.AddRange([batch, .. columns]);
            return (batch, new(columns));
        }

        /// <summary>The words of a row as drawn, before any was hidden.</summary>
        public long[] TextOf(int row)
        {
            using var content = _data.Content(_drawn[row]);
            return content.Text(0).ToArray();
        }

        public bool IsReplaced(int row)
        {
            using var own = _data.Content(_rows[row]);
            return !own.Text(0).SequenceEqual(TextOf(row));
        }

        public void Dispose()
        {
            foreach (var taken in _taken) taken.Dispose();
            _data.Dispose();
            _task.Dispose();
            _folder.Dispose();
        }
    }

    /// <summary>The columns that the task laid out, by what they are.</summary>
    private sealed record PretrainingBatch(PaddedColumn[] Columns)
    {
        public PaddedColumn<long> Words => (PaddedColumn<long>)Columns[0];

        public PaddedColumn<long> Replaced => (PaddedColumn<long>)Columns[1];

        public PaddedColumn<long> Regions => (PaddedColumn<long>)Columns[2];

        public PaddedColumn<float> Hidden => (PaddedColumn<float>)Columns[3];

        public PaddedColumn<long> Answers => (PaddedColumn<long>)Columns[9];
    }
}
