using System.Text.Json;
using MLNet.VisionLanguage.Tests.Support;
using Xunit;

namespace MLNet.VisionLanguage.Tests.Datasets;

public sealed class VqaAnswerNormalizerTests
{
    [SkippableFact]
    public void Equals_the_official_code_on_every_shared_pair()
    {
        using var pairs = JsonDocument.Parse(File.ReadAllText(TestData.SharedData("vqa_v2/normalisation_shared.json")));
        var wrong = pairs.RootElement.EnumerateArray()
            .Select(p => (In: p.GetProperty("in").GetString()!, Out: p.GetProperty("out").GetString()!))
            .Where(p => VqaAnswerNormalizer.Normalize(p.In) != p.Out)
            .Select(p => $"{p.In} -> {VqaAnswerNormalizer.Normalize(p.In)}, expected {p.Out}");
        Assert.Empty(wrong);
    }

    [Theory]
    [InlineData("An apple", "apple")]
    [InlineData("three", "3")]
    [InlineData("wouldnt", "wouldn't")]
    [InlineData("somebody'd", "somebodyd")]
    [InlineData("blue/green", "blue green")]
    [InlineData("blue /green", "blue green")]
    [InlineData("2,500 (about)", "2500 about")]
    [InlineData("1.5", "1.5")]
    [InlineData("mr. smith", "mr smith")]
    [InlineData("Im", "im")]
    [InlineData("a\u001Cb", "b")]
    public void Follows_the_rules(string given, string expected) => Assert.Equal(expected, VqaAnswerNormalizer.Normalize(given));

    [Fact]
    public void Removes_no_more_than_32_full_stops() =>
        Assert.Equal(new string('.', 8), VqaAnswerNormalizer.Normalize(new string('.', 40)));

    [Fact]
    public void Soft_targets_count_annotators_of_normalised_answers()
    {
        var targets = VqaSoftTargets.FromAnswers(["A dog", "dog", "the dog", "Dog.", "cat", "Cat", "two", "2", "two", "horse"]);
        Assert.Equal([("dog", 1f), ("cat", 0.6f), ("2", 0.9f), ("horse", 0.3f)], targets.Select(t => (t.Key, t.Value)));
        Assert.Equal(0f, VqaSoftTargets.Score(0));
        Assert.Throws<ArgumentOutOfRangeException>(() => VqaSoftTargets.Score(-1));
    }

    [Fact]
    public void Vocabulary_is_sorted_by_count_then_text()
    {
        string?[] common = ["yes", "Yes", "no", "red", "blue", "no", "yes", "the blue"];
        var annotations = common.Select((c, i) => new VqaAnnotation(i, "1", "", "", c, [new(c!, 1)])).ToList();
        annotations.Add(new VqaAnnotation(99, "1", "", "", null, [new("green", 1), new("red", 2), new("Red", 3)]));
        Assert.Equal(["yes", "blue", "no", "red"], VqaSoftTargets.BuildVocabulary(annotations, 2));
        Assert.Equal(["yes"], VqaSoftTargets.BuildVocabulary(annotations, 3));
        Assert.Empty(VqaSoftTargets.BuildVocabulary(annotations));
    }
}
