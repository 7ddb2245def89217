using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using MLNet.VisionLanguage.Tests.Support;

namespace MLNet.VisionLanguage.Tests.Architecture;

/// <summary>The sources of src/ as the compiler understands them: which type is declared in which file, and who uses it.</summary>
internal static class SourceModel
{
    private static readonly Lazy<IReadOnlyList<Use>> AllUses = new(Find);

    /// <summary>One place where a file of src/ names a type (or a member of one) that another file of src/ declares.</summary>
    /// <param name="From">The using file, relative to src/.</param>
    /// <param name="Line">Its line, from 1.</param>
    /// <param name="To">The declaring file, relative to src/.</param>
    /// <param name="Type">The type.</param>
    public sealed record Use(string From, int Line, string To, string Type);

    public static IReadOnlyList<Use> Uses => AllUses.Value;

    private static List<Use> Find()
    {
        var src = Path.Combine(TestData.RepositoryRoot, "src");
        var files = Directory.EnumerateFiles(src, "*.cs", SearchOption.AllDirectories)
            .Select(path => Path.GetRelativePath(src, path).Replace('\\', '/'))
            .Where(path => !path.Contains("/bin/") && !path.Contains("/obj/"))
            .Order(StringComparer.Ordinal).ToList();
        var trees = files.ConvertAll(file =>
            CSharpSyntaxTree.ParseText(File.ReadAllText(Path.Combine(src, file)), CSharpParseOptions.Default, path: file));
        var compilation = CSharpCompilation.Create("Sources", [ImplicitUsings(), .. trees], Libraries());
        return [.. trees.SelectMany(tree => UsesIn(tree, compilation.GetSemanticModel(tree)))];
    }

    private static IEnumerable<Use> UsesIn(SyntaxTree tree, SemanticModel model)
    {
        foreach (var name in tree.GetRoot().DescendantNodes().OfType<SimpleNameSyntax>())
        {
            var symbol = model.GetSymbolInfo(name).Symbol;
            var type = symbol as INamedTypeSymbol ?? symbol?.ContainingType;
            while (type?.ContainingType is { } outer) type = outer;
            if (type is null || type.DeclaringSyntaxReferences.IsEmpty) continue;

            // A partial type is at home in every file that declares a part of it.
            var homes = type.DeclaringSyntaxReferences.Select(part => part.SyntaxTree.FilePath).ToList();
            if (homes.Contains(tree.FilePath)) continue;
            yield return new Use(tree.FilePath, tree.GetLineSpan(name.Span).StartLinePosition.Line + 1, homes[0], type.Name);
        }
    }

    private static SyntaxTree ImplicitUsings() => CSharpSyntaxTree.ParseText(string.Concat(
        new[] { "System", "System.Collections.Generic", "System.IO", "System.Linq", "System.Net.Http", "System.Threading", "System.Threading.Tasks" }
            .Select(name => $"global using {name};\n")));

    /// <summary>
    /// What the tests run on: every library the sources can refer to, without the assemblies made of the sources themselves.
    /// </summary>
    private static IEnumerable<MetadataReference> Libraries() => ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!)
        .Split(Path.PathSeparator)
        .Where(path => !Path.GetFileName(path).StartsWith("MLNet.", StringComparison.Ordinal) && Path.GetFileName(path) != "vl.dll")
        .Select(path => MetadataReference.CreateFromFile(path));
}
