using MLNet.VisionLanguage.Tests.Support;
using Xunit;

namespace MLNet.VisionLanguage.Tests.Tool;

public class ModelsCommandTests
{
    [Fact]
    public void Lists_what_the_readme_shows()
    {
        var run = ToolRun.Run("models");
        Assert.True(run.Code == 0, run.Error);
        Assert.Equal(VisionLanguageModel.Kinds.Count + 2, run.Lines.Count);
        Assert.Contains(run.Lines, line => line.Contains("| 213,930,297 |", StringComparison.Ordinal));
        var readme = File.ReadAllText(Path.Combine(TestData.RepositoryRoot, "README.md")).ReplaceLineEndings("\n");
        Assert.Contains(run.Output.ReplaceLineEndings("\n"), readme, StringComparison.Ordinal);
    }
}
