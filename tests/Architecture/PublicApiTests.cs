using System.Reflection;
using MLNet.VisionLanguage.Tests.Support;
using PublicApiGenerator;
using Xunit;

namespace MLNet.VisionLanguage.Tests.Architecture;

/// <summary>
/// The public members of each library, held against an approved list beside this file, so that none comes, goes or changes unnoticed.
/// Where a change is meant, copy the file that the failure names over the approved one.
/// </summary>
public class PublicApiTests
{
    [Theory]
    [InlineData("MLNet.VisionLanguage.Transforms")]
    [InlineData("MLNet.VisionLanguage.Trainers")]
    public void Public_members_are_the_approved_ones(string assembly)
    {
        var found = Assembly.Load(assembly).GeneratePublicApi(new ApiGeneratorOptions { IncludeAssemblyAttributes = false }).ReplaceLineEndings("\n");
        var approved = Path.Combine(TestData.RepositoryRoot, "tests", "Architecture", $"{assembly}.approved.txt");
        if (File.Exists(approved) && File.ReadAllText(approved) == found) return;

        var received = Path.Combine(AppContext.BaseDirectory, $"{assembly}.received.txt");
        File.WriteAllText(received, found);
        Assert.Fail($"The public members differ from '{approved}'; those found are in '{received}'.");
    }
}
