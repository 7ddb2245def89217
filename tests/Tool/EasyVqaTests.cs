using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.VisionLanguage.Tests.Support;
using Xunit;
using Xunit.Abstractions;

namespace MLNet.VisionLanguage.Tests.Tool;

/// <summary>A published data set that nobody here made up: easy-VQA, with a tenth of its images held out.</summary>
[Trait(LongTier.Tier, LongTier.Long)]
[Trait(LongTier.Part, "learning")]
public sealed class EasyVqaTests(ITestOutputHelper output)
{
    /// <summary>Of the first images, which are among those that the model was trained on.</summary>
    private const int Int8Questions = 4000;

    [SkippableFact]
    public void The_tool_learns_it_with_its_defaults()
    {
        var data = TestData.SharedData("easy_vqa/train");
        using var folder = new TemporaryFolder();
        var run = ToolRun.Run("train", "vqa", "--layout", "easy-vqa", data, "--output", folder.File("m.zip"), "--json");
        output.WriteLine(run.Error + run.Output);
        Assert.InRange(run.Json().GetProperty("accuracy").GetDouble(), 0.97, 1);

        var ml = new MLContext(1);
        var parts = ((IEnumerable<ITransformer>)ml.VisionLanguage().Load(folder.File("m.zip"))).ToList();
        using var model = (VisualQuestionAnsweringTransformer)parts[^1];
        var rows = ml.Data.TakeRows(VqaDataset.LoadEasyVqa(data).ToDataView(ml), Int8Questions);
        Int8Comparison.Holds(ml, model, new TransformerChain<ITransformer>(parts[..^1].ToArray()).Transform(rows), output);
    }
}
