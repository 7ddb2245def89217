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

    /// <summary>A message is not torn for its length.</summary>
    private const int MostColumnsOfAMessage = 160;

    [Fact]
    public void A_short_if_without_else_stands_on_one_line() => AssertNone(
        from file in Files("src", "tests", "samples")
        from statement in Root(file).DescendantNodes().OfType<IfStatementSyntax>()
        where statement is { Else: null, Parent: not ElseClauseSyntax, Statement: not BlockSyntax and not IfStatementSyntax and not ForEachStatementSyntax }
        let lines = statement.ToString().Split('\n')
        let indent = statement.GetLocation().GetLineSpan().StartLinePosition.Character
        where lines.Length == 2 && indent + lines[0].Length + 1 + lines[1].Trim().Length <= MostColumns
        select At(file, statement));

    [Fact]
    public void Tests_are_named_as_sentences() => AssertNone(
        from file in Files("tests")
        from method in Root(file).DescendantNodes().OfType<MethodDeclarationSyntax>()
        where method.AttributeLists.SelectMany(list => list.Attributes).Any(attribute => Regex.IsMatch(attribute.Name.ToString(), "Fact$|Theory$"))
        where Regex.IsMatch(method.Identifier.Text, "[a-z][A-Z]") && !method.Identifier.Text.Contains('_')
        select At(file, method));

    [Fact]
    public void Files_keep_their_length() => AssertNone(
        from file in Files("src", "tests", "samples")
        let lines = File.ReadAllLines(file).Length
        where lines > MostLines
        select $"{file}: {lines} lines");

    [Fact]
    public void Lines_keep_their_length() => AssertNone(
        from file in Files("src", "samples")
        from place in File.ReadLines(file).Select((line, i) => (line.Length, Number: i + 1))
        where place.Length > MostColumnsOfAMessage
        select $"{file}:{place.Number}: {place.Length} columns");

    /// <summary>A sum of TorchSharp's own has a factor that it lets go of before the call is over; see Scalars.</summary>
    [Fact]
    public void Tensors_are_added_with_factors_that_are_held() => AssertNone(
        from file in Files("src/Trainers", "tests/GoldenRunners")
        where Path.GetFileName(file) != "Scalars.cs"
        from access in Root(file).DescendantNodes().OfType<MemberAccessExpressionSyntax>()
        where access.Name.Identifier.Text is "add" or "add_"
        select At(file, access));

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
