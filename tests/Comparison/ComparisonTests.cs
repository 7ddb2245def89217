using System.Text.Json;
using Microsoft.ML;
using MLNet.VisionLanguage.Comparison;
using MLNet.VisionLanguage.Tests.Support;
using MLNet.VisionLanguage.Tests.Tool;
using Xunit;
using Xunit.Abstractions;

namespace MLNet.VisionLanguage.Tests.Comparison;

/// <summary>Comparisons of made-up models, whose figures can be worked out, and of the baselines.</summary>
public sealed class ComparisonTests(ITestOutputHelper output) : IDisposable
{
    private readonly MLContext _ml = new(1);
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Intervals_hold_the_true_difference_at_their_rate()
    {
        // 1,000 data sets of 150 images with one to four questions; what two models have in common is the image.
        const int Draws = 1000;
        const double Truth = 0.1;
        var random = new Random(1);
        var held = Enumerable.Range(0, Draws).Count(draw =>
        {
            var (groups, differences) = (new List<int>(), new List<double>());
            for (var image = 0; image < 150; image++)
            {
                var shared = random.NextDouble();
                for (var question = random.Next(1, 5); question > 0; question--)
                {
                    // The first is right with probability shared · 0.8 + 0.2, the other with 0.1 less.
                    var (first, other) = (random.NextDouble() < (0.8 * shared) + 0.2, random.NextDouble() < (0.8 * shared) + 0.2 - Truth);
                    groups.Add(image);
                    differences.Add((first ? 1 : 0) - (other ? 1 : 0));
                }
            }

            var (lower, upper) = new PairedBootstrap(groups, resamples: 400, confidence: 0.9, seed: draw).Interval(differences);
            return lower <= Truth && Truth <= upper;
        });
        output.WriteLine($"{held} of {Draws} intervals at 0.9 hold the true difference");

        // Three standard deviations of a share of 0.9 in 1,000 draws, and what percentile intervals lack with 150 images.
        Assert.InRange((double)held / Draws, 0.865, 0.93);
    }

    [Fact]
    public void Images_are_drawn_with_all_their_questions()
    {
        // One image has all of the difference: how often it is drawn is what varies, so the interval is wide; with an image a question it is narrow.
        double[] differences = [.. Enumerable.Repeat(1.0, 50), .. Enumerable.Repeat(0.0, 50)];
        var (together, apart) = (Width([.. Enumerable.Range(0, 100).Select(i => i / 50)]), Width([.. Enumerable.Range(0, 100)]));
        Assert.Equal(1, together);
        Assert.InRange(apart, 0.15, 0.25);

        double Width(int[] groups)
        {
            var (lower, upper) = new PairedBootstrap(groups, 2000, 0.95, seed: 1).Interval(differences);
            return upper - lower;
        }
    }

    [Fact]
    public void A_leaderboard_is_worked_out()
    {
        var data = Colours(12);
        var comparison = _ml.VisionLanguage().CompareVisualQuestionAnswering([Always("red", 0.75f), Knowing("right", 0.5f)], data);

        // A third of the pictures are red, and of the answers red, green and blue are half, yes and no the other half.
        Assert.Equal(["right", "red"], comparison.Leaderboard.Select(entry => entry.Name));
        Assert.Equal([100, 16.67], comparison.Leaderboard.Select(entry => entry.Overall));
        Assert.Equal((24, 12), (comparison.Questions, comparison.Images));
        var (right, red) = (comparison.Leaderboard[0], comparison.Leaderboard[1]);
        Assert.Equal(0.5, right.CalibrationError, 1e-6);
        Assert.Equal(new CalibrationBin(0.75, 4.0 / 24, 24), Assert.Single(red.Calibration));
        Assert.Equal([new GroupedAccuracy(4, 0, 12), new GroupedAccuracy(5, 33.33, 12)], red.PerLength.Select(group => group with { Accuracy = Math.Round(group.Accuracy, 2) }));
        Assert.Equal(["no", "blue", "green", "red", "yes"], red.Confusions.Answers);
        Assert.Equal([8, 4, 4, 4, 4, 0], red.Confusions.Counts.Select(row => row[3]));
        Assert.Equal([8, 4, 4, 4, 4, 0], right.Confusions.Counts.Select((row, i) => row[i]));
        Assert.Empty(right.Worst);
        Assert.Equal(12, red.Worst.Count);
        Assert.All(red.Worst, example => Assert.Equal(("red", 0.75), (example.Answer, Math.Round(example.Probability, 6))));

        var pair = Assert.Single(comparison.Differences);
        Assert.Equal(("right", "red"), (pair.Better, pair.Other));
        Assert.Equal(500.0 / 6, pair.Difference, 1e-9);
        Assert.True(pair.IsSignificant);
        Assert.InRange(pair.Difference, pair.Lower, pair.Upper);
        var lines = comparison.ToTable().Split('\n');
        Assert.StartsWith("model  overall", lines[0]);
        Assert.StartsWith("right   100.00", lines[1]);
        using var json = JsonDocument.Parse(comparison.ToJson());
        Assert.Equal(16.67, json.RootElement.GetProperty("leaderboard")[1].GetProperty("overall").GetDouble());
    }

    [Fact]
    public void Baselines_know_what_they_see()
    {
        var comparison = _ml.VisionLanguage().CompareVisualQuestionAnswering([Knowing("right", 0.9f)], Colours(30), Colours(60, seed: 1000));
        var found = comparison.Leaderboard.ToDictionary(entry => entry.Name, entry => entry.Overall);
        output.WriteLine(comparison.ToTable());

        // Half of the questions ask for a colour, a third each; of the others two thirds are no.
        Assert.Equal(33.33, found["majority answer"]);
        Assert.InRange(found["question only"], 49, 51);

        // Who sees the picture alone knows its colour but not what is asked: half is right, one way or the other.
        Assert.InRange(found["image only"], 49, 51);
        Assert.True(comparison.Leaderboard.Count(entry => entry.IsBaseline) == 4);
        Assert.Equal("right", comparison.Leaderboard[0].Name);
        Assert.Equal(
            found, _ml.VisionLanguage().CompareVisualQuestionAnswering([Knowing("right", 0.9f)], Colours(30), Colours(60, seed: 1000))
                .Leaderboard.ToDictionary(entry => entry.Name, entry => entry.Overall));
    }

    [Fact]
    public void The_report_is_one_page_with_plots_pictures_and_boxes()
    {
        var comparison = _ml.VisionLanguage().CompareVisualQuestionAnswering([Always("<b>red</b>", 0.75f), Knowing("right", 0.5f)], Colours(12));
        comparison.SaveReport(_folder.File("r.html"));
        var page = File.ReadAllText(_folder.File("r.html"));

        Assert.Contains("2 models on 24 questions about 12 images", page);
        Assert.Contains("&lt;b&gt;red&lt;/b&gt;", page);
        Assert.DoesNotContain("<b>red</b></td>", page);
        Assert.Equal(12, page.Split("data:image/jpeg;base64,").Length - 1);
        Assert.Equal(12, page.Split("x=\"2.0\" y=\"3.0\" width=\"8.0\" height=\"9.0\"").Length - 1);
        Assert.Equal(5 + 12, page.Split("<svg").Length - 1);
        Assert.DoesNotContain("http", page.Replace("http://www.w3.org", "", StringComparison.Ordinal));
    }

    [Fact]
    public void What_cannot_be_compared_is_told()
    {
        var data = Colours(3);
        var catalog = _ml.VisionLanguage();
        Assert.Contains("Two models are called 'a'", Assert.Throws<ArgumentException>(
            () => catalog.CompareVisualQuestionAnswering([Always("red", 1, "a"), Always("red", 1, "a")], data)).Message);
        Assert.Contains("no model", Assert.Throws<ArgumentException>(() => catalog.CompareVisualQuestionAnswering([], data)).Message);
        Assert.Contains("model 'a': there is no column 'PredictedLabel'", Assert.Throws<ArgumentException>(
            () => catalog.CompareVisualQuestionAnswering([new("a", (_, rows) => rows)], data)).Message);
        Assert.Contains("'a' gave 5 answers to 6 questions", Assert.Throws<InvalidDataException>(
            () => catalog.CompareVisualQuestionAnswering([new("a", (ml, rows) => Score(ml, ml.Data.TakeRows(rows, 5), _ => ("red", 1)))], data)).Message);
        Assert.Contains("Confidence", Assert.Throws<ArgumentException>(
            () => catalog.CompareVisualQuestionAnswering([Always("red", 1)], data, options: new() { Confidence = 1 })).Message);
    }

    private VqaDataset Colours(int pictures, int seed = 0)
    {
        var folder = _folder.File($"{pictures}-{seed}");
        if (!Directory.Exists(folder)) ColourQuestions.WriteEasyVqa(folder, pictures);
        return VqaDataset.LoadEasyVqa(folder, new() { VqaSoftScores = false });
    }

    private static ComparedModel Always(string answer, float probability, string? name = null) =>
        new(name ?? answer, (ml, rows) => Score(ml, rows, _ => (answer, probability)));

    private static ComparedModel Knowing(string name, float probability) => new(name, (ml, rows) => Score(ml, rows, row => (row.Answers[0], probability)));

    private static IDataView Score(MLContext ml, IDataView rows, Func<VqaExample, (string Answer, float Probability)> score) =>
        ml.Data.LoadFromEnumerable(ml.Data.CreateEnumerable<VqaExample>(rows, reuseRowObject: false, ignoreMissingColumns: true).Select(row =>
        {
            var (answer, probability) = score(row);
            return new Scored { PredictedLabel = answer, Score = [probability, 0], RegionBoxes = [2, 3, 10, 12], ImageSize = [16, 16] };
        }));

    private sealed class Scored
    {
        public string PredictedLabel { get; set; } = "";

        public float[] Score { get; set; } = [];

        public float[] RegionBoxes { get; set; } = [];

        public float[] ImageSize { get; set; } = [];
    }
}
