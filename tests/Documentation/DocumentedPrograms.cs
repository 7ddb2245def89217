using System.Reflection;
using System.Runtime.Loader;
using System.Text.RegularExpressions;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using MLNet.VisionLanguage.Tests.Support;

namespace MLNet.VisionLanguage.Tests.Documentation;

/// <summary>
/// The C# of README and docs as programs. A block that begins with using directives begins a program; the blocks of the same file that
/// follow go on from it.
/// </summary>
internal sealed partial class DocumentedPrograms
{
    /// <summary>This assembly as a program that runs all of them in its working folder: prints "ran N blocks of FILE" a program.</summary>
    public const string Command = "documented-programs";

    private DocumentedPrograms(string name) => Name = name;

    /// <summary>File and line of the first block.</summary>
    public string Name { get; }

    public List<(int Line, string Code)> Blocks { get; } = [];

    public static IEnumerable<string> Files =>
    [
        Path.Combine(TestData.RepositoryRoot, "README.md"),
        .. Directory.EnumerateFiles(Path.Combine(TestData.RepositoryRoot, "docs"), "*.md").Order(StringComparer.Ordinal),
    ];

    /// <summary>All programs; README's first, which makes the model that others open.</summary>
    public static IReadOnlyList<DocumentedPrograms> Find()
    {
        var programs = new List<DocumentedPrograms>();
        foreach (var file in Files)
        {
            var text = File.ReadAllText(file);
            DocumentedPrograms? program = null;
            foreach (Match match in Block().Matches(text))
            {
                var code = match.Groups[1].Value;
                var line = text[..match.Index].Count(c => c == '\n') + 2;
                if (program is null || code.StartsWith("using ", StringComparison.Ordinal) && code[..code.IndexOf('\n')].EndsWith(';'))
                    programs.Add(program = new($"{Path.GetFileName(file)}:{line}"));
                program.Blocks.Add((line, code));
            }
        }

        return programs;
    }

    /// <summary>One file: all using directives, all statements, all types.</summary>
    public CSharpCompilation Compile()
    {
        var roots = Blocks.ConvertAll(block => (CompilationUnitSyntax)CSharpSyntaxTree.ParseText(block.Code).GetRoot());
        var members = roots.SelectMany(root => root.Members).ToList();
        var text = string.Concat(roots.SelectMany(root => root.Usings).Select(part => part.ToFullString()))
            + string.Concat(members.OfType<GlobalStatementSyntax>().Select(part => part.ToFullString()))
            + string.Concat(members.Where(member => member is not GlobalStatementSyntax).Select(part => part.ToFullString()));
        return CSharpCompilation.Create(
            "Documented" + Guid.NewGuid().ToString("N"),
            [CSharpSyntaxTree.ParseText(ImplicitUsings), CSharpSyntaxTree.ParseText(text, path: Name)],
            References(),
            new CSharpCompilationOptions(OutputKind.ConsoleApplication, nullableContextOptions: NullableContextOptions.Enable));
    }

    public static int RunAll()
    {
        foreach (var program in Find())
        {
            using var assembly = new MemoryStream();
            var result = program.Compile().Emit(assembly);
            if (!result.Success) throw new InvalidDataException($"{program.Name}: {string.Join('\n', result.Diagnostics)}");
            assembly.Position = 0;
            var entry = AssemblyLoadContext.Default.LoadFromStream(assembly).EntryPoint!;
            try
            {
                entry.Invoke(null, [Array.Empty<string>()]);
            }
            catch (TargetInvocationException e)
            {
                throw new InvalidOperationException($"{program.Name}: {e.InnerException!.Message}", e.InnerException);
            }

            Console.WriteLine($"ran {program.Blocks.Count} blocks of {program.Name}");
        }

        return 0;
    }

    private const string ImplicitUsings = """
        global using System;
        global using System.Collections.Generic;
        global using System.IO;
        global using System.Linq;
        global using System.Net.Http;
        global using System.Threading;
        global using System.Threading.Tasks;
        """;

    private static IEnumerable<MetadataReference> References() =>
        ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator).Select(path => MetadataReference.CreateFromFile(path));

    [GeneratedRegex("^```csharp\r?\n(.*?)^```", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Block();
}
