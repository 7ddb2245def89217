using System.Text.Json;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using MLNet.VisionLanguage.Tests.Support;
using Xunit;

namespace MLNet.VisionLanguage.Tests.Samples;

/// <summary>The cells of the notebook as one C# script: there is no .NET Interactive here, whose own calls are declared in their place.</summary>
public class ExperimentNotebookTests
{
    private const string Interactive = """
        using System.Collections.Generic;
        using System.Linq;
        using System.Threading.Tasks;

        """;

    private const string Display = "static void Display<T>(this T value) { }\n";

    [Fact]
    public void Every_cell_compiles()
    {
        using var notebook = JsonDocument.Parse(File.ReadAllText(Path.Combine(TestData.RepositoryRoot, "samples", "Experiments", "experiments.ipynb")));
        var cells = notebook.RootElement.GetProperty("cells").EnumerateArray().Where(cell => cell.GetProperty("cell_type").GetString() == "code")
            .Select(cell => string.Concat(cell.GetProperty("source").EnumerateArray().Select(line => line.GetString())))
            .Where(text => !text.StartsWith("#i", StringComparison.Ordinal)).ToList();
        Assert.Equal(3, cells.Count);

        var references = ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator).Select(path => MetadataReference.CreateFromFile(path));
        CSharpCompilation? script = null;
        foreach (var cell in cells.Prepend(Interactive + Display))
        {
            var tree = CSharpSyntaxTree.ParseText(cell, new CSharpParseOptions(kind: SourceCodeKind.Script));
            script = CSharpCompilation.CreateScriptCompilation("Cell" + Guid.NewGuid().ToString("N"), tree, references, previousScriptCompilation: script);
            Assert.Empty(script.GetDiagnostics().Where(found => found.Severity == DiagnosticSeverity.Error).Select(found => $"{found}\n{cell}"));
        }
    }
}
