using System.Diagnostics;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using Microsoft.CodeAnalysis;
using MLNet.VisionLanguage.Tests.Support;
using MLNet.VisionLanguage.Tests.Tool;
using Xunit;
using Xunit.Abstractions;

namespace MLNet.VisionLanguage.Tests.Documentation;

/// <summary>What README and docs show does what they say.</summary>
public sealed partial class DocumentationTests(ITestOutputHelper output)
{
    [Fact]
    public void Every_block_of_code_compiles_without_a_warning_of_nulls()
    {
        var programs = DocumentedPrograms.Find();

        Assert.True(programs.Sum(program => program.Blocks.Count) >= 14);
        Assert.All(programs, program => Assert.Empty(
            program.Compile().GetDiagnostics().Where(found => found.Severity >= DiagnosticSeverity.Warning).Select(found => found.ToString())));
    }

    [Fact]
    public async Task Every_block_of_code_runs()
    {
        using var folder = new TemporaryFolder();
        Render(folder);
        var start = new ProcessStartInfo(
            Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet", [typeof(DocumentedPrograms).Assembly.Location, DocumentedPrograms.Command])
        {
            WorkingDirectory = folder.Path,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        var clock = Stopwatch.StartNew();
        using var process = Process.Start(start)!;
        var texts = await Task.WhenAll(process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync();
        output.WriteLine($"{clock.Elapsed.TotalSeconds:F0} s\n{texts[0]}\n{texts[1]}");

        Assert.True(process.ExitCode == 0, texts[1]);
        Assert.All(DocumentedPrograms.Find(), program => Assert.Contains($"ran {program.Blocks.Count} blocks of {program.Name}", texts[0]));
    }

    [Fact]
    public void The_project_of_README_names_the_versions_of_this_repository()
    {
        var text = File.ReadAllText(Path.Combine(TestData.RepositoryRoot, "README.md"));
        var project = XDocument.Parse(ProjectBlock().Match(text).Groups[1].Value);
        var versions = project.Descendants("PackageReference")
            .ToDictionary(reference => (string)reference.Attribute("Include")!, reference => (string)reference.Attribute("Version")!);

        Assert.Equal(ValueOf("Directory.Build.props", "Version"), versions["MLNet.VisionLanguage.Trainers"]);
        Assert.Equal(ValueOf("Directory.Packages.props", "LibtorchVersion"), versions["libtorch-cpu-linux-x64"]);
    }

    /// <summary>A handful of scenes under the names that the documents use.</summary>
    private static void Render(TemporaryFolder folder)
    {
        Assert.Equal(0, ToolRun.Run("scenes", "--output", folder.File("scenes"), "--scenes", "24", "--val-scenes", "1").Code);
        File.Move(folder.File("scenes/train_questions.json"), folder.File("questions.json"));
        File.Move(folder.File("scenes/train_annotations.json"), folder.File("annotations.json"));
        File.Move(folder.File("scenes/train_captions.json"), folder.File("captions.json"));
        File.Move(folder.File("scenes/train_refs.p"), folder.File("refs.p"));
        File.Move(folder.File("scenes/train_instances.json"), folder.File("instances.json"));
        Directory.Move(folder.File("scenes/images"), folder.File("images"));
        File.Copy(Directory.EnumerateFiles(folder.File("images")).Order(StringComparer.Ordinal).First(), folder.File("photo.png"));
    }

    private static string ValueOf(string file, string property) =>
        XDocument.Load(Path.Combine(TestData.RepositoryRoot, file)).Descendants(property).First().Value;

    [GeneratedRegex("^```xml\r?\n(.*?)^```", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex ProjectBlock();
}
