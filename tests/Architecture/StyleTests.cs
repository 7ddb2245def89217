using System.Text.RegularExpressions;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using MLNet.VisionLanguage.Tests.Support;
using Xunit;

namespace MLNet.VisionLanguage.Tests.Architecture;

/// <summary>What a formatter does not hold: one spelling of a thing in all files, and files that are read in one sitting.</summary>
public class StyleTests
{
    private const int MostLines = 350;
    private const int MostColumns = 140;

    [Fact]
    public void A_short_if_without_else_stands_on_one_line() => AssertNone(
        from file in Files("src", "tests", "samples")
        from statement in Root(file).DescendantNodes().OfType<IfStatementSyntax>()
        where statement is { Else: null, Parent: not ElseClauseSyntax, Statement: not BlockSyntax and not IfStatementSyntax and not ForEachStatementSyntax }
        let lines = statement.ToString().Split('\n')
        where lines.Length == 2 && statement.GetLocation().GetLineSpan().StartLinePosition.Character + lines[0].Length + 1 + lines[1].Trim().Length <= MostColumns
        select At(file, statement));

    [Fact]
    public void Tests_are_named_as_sentences() => AssertNone(
        from file in Files("tests")
        from method in Root(file).DescendantNodes().OfType<MethodDeclarationSyntax>()
        where method.AttributeLists.SelectMany(list => list.Attributes).Any(attribute => Regex.IsMatch(attribute.Name.ToString(), "Fact$|Theory$"))
        where Regex.IsMatch(method.Identifier.Text, "[a-z][A-Z]") && !method.Identifier.Text.Contains('_')
        select At(file, method));

    [Fact]
    public void Files_and_lines_keep_their_bounds() => AssertNone(
        from file in Files("src", "tests", "samples")
        let lines = File.ReadAllLines(file)
        from problem in lines.Select((line, i) => (line, i)).Where(pair => pair.line.Length > MostColumns).Select(pair => $"{file}:{pair.i + 1}: {pair.line.Length} columns")
            .Concat(lines.Length > MostLines ? [$"{file}: {lines.Length} lines"] : [])
        select problem);

    private static void AssertNone(IEnumerable<string> found)
    {
        var places = found.ToList();
        Assert.True(places.Count == 0, $"{places.Count} places:\n{string.Join('\n', places.Take(40))}");
    }

    private static IEnumerable<string> Files(params string[] folders) =>
        from folder in folders
        from file in Directory.EnumerateFiles(Path.Combine(TestData.RepositoryRoot, folder), "*.cs", SearchOption.AllDirectories)
        where !Regex.IsMatch(file, @"[\\/](bin|obj)[\\/]")
        orderby file
        select file;

    private static SyntaxNode Root(string file) => CSharpSyntaxTree.ParseText(File.ReadAllText(file)).GetRoot();

    private static string At(string file, SyntaxNode node) => $"{file}:{node.GetLocation().GetLineSpan().StartLinePosition.Line + 1}";
}
