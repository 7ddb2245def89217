using MLNet.VisionLanguage.Tests.Support;
using Xunit;
using Xunit.Abstractions;

namespace MLNet.VisionLanguage.Tests.Tool;

/// <summary>A published data set that nobody here made up: easy-VQA, with a tenth of its images held out.</summary>
[Trait(LongTier.Tier, LongTier.Long)]
[Trait(LongTier.Part, "learning")]
public sealed class EasyVqaTests(ITestOutputHelper output)
{
    [SkippableFact]
    public void The_tool_learns_it_with_its_defaults()
    {
        var data = TestData.SharedData("easy_vqa/train");
        using var folder = new TemporaryFolder();
        var run = ToolRun.Run("train", "vqa", "--layout", "easy-vqa", data, "--output", folder.File("m.zip"), "--json");
        output.WriteLine(run.Error + run.Output);
        Assert.InRange(run.Json().GetProperty("accuracy").GetDouble(), 0.97, 1);
    }
}
