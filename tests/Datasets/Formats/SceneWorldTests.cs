using MLNet.VisionLanguage.Tests.Support;
using MLNet.VisionLanguage.Tests.Tool;
using Xunit;

namespace MLNet.VisionLanguage.Tests.Datasets.Formats;

/// <summary>What the tool writes about its scenes in the formats of the data sets is what these readers read.</summary>
public sealed class SceneWorldTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public SceneWorldTests() => Assert.Equal(0, ToolRun.Run("scenes", "--output", _folder.Path, "--scenes", "40", "--seed", "1").Code);

    private string Images => _folder.File("images");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Every_format_of_the_world_is_read_with_its_images()
    {
        var captions = CocoCaptionsDataset.Load(_folder.File("train_captions.json"), Images).ToList();
        var expressions = RefCocoDataset.Load(
            _folder.File("train_refs.p"), _folder.File("train_instances.json"), "train", Images).ToList();
        var pairs = SnliVeDataset.Load(_folder.File("train_entailment.jsonl"), Images).ToList();
        var choices = VcrDataset.Load(_folder.File("train_choices.jsonl"), Images).ToList();
        var statements = Nlvr2Dataset.Load(_folder.File("train_pairs.json"), _folder.File("pairs")).ToList();

        Assert.Equal(2, captions.GroupBy(row => row.ImageId).Select(image => image.Count()).Distinct().Single());
        Assert.Equal(captions.Select(row => row.ImageId).ToHashSet(), pairs.Select(row => row.ImageId).ToHashSet());
        Assert.Equal(["contradiction", "entailment", "neutral"], pairs.Select(row => row.Label).Distinct().Order());
        Assert.All(expressions, row => Assert.True(
            row.Boxes is [>= 0, >= 0, var x2, var y2] && x2 <= row.ImageSize[0] && y2 <= row.ImageSize[1] && row.Expression.Length > 0));
        Assert.All(choices, row => Assert.True(
            row is { AnswerLabel: "0" or "1" or "2" or "3", RationaleLabel: "0" or "1" or "2" or "3", Question.Length: > 0, Answer3.Length: > 0 }));
        Assert.Equal(["False", "True"], statements.Select(row => row.Label).Distinct().Order());
        Assert.True(new[] { captions.Count, expressions.Count, pairs.Count, choices.Count, statements.Count }.All(count => count > 30));
        Assert.All(captions.Concat<ImageExample>(expressions).Concat(pairs).Concat(choices), row => Assert.True(File.Exists(row.ImagePath)));
        Assert.All(statements, row => Assert.True(File.Exists(row.LeftImagePath) && File.Exists(row.RightImagePath)));
    }
}
