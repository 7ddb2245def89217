using System.CommandLine;

namespace MLNet.VisionLanguage.Tool.Models;

/// <summary>The options that name a vocabulary: word pieces in one file, or byte pairs in two.</summary>
/// <param name="fallback">What the vocabulary is without the option; null when the option must be there.</param>
internal sealed class VocabularyOptions(string? fallback)
{
    private readonly Option<string?> _merges = Options.Optional<string?>(
        "--merges", "The merges of a vocabulary of byte pairs; without, the file beside it: merges.txt in the place of vocab.json.", "FILE");

    /// <summary>The option of the tokens' file.</summary>
    public Option<string?> File { get; } = new("--vocabulary")
    {
        Description = "The vocabulary file: vocab.txt of word pieces, one a line, or vocab.json of byte pairs"
            + (fallback is null ? "." : $"; without, {fallback}."),
        HelpName = "FILE",
        Required = fallback is null,
    };

    /// <summary>All of them.</summary>
    public IEnumerable<Option> All => [File, _merges];

    /// <summary>Reads the vocabulary of a file or folder.</summary>
    /// <param name="parsed">Names the merges.</param>
    /// <param name="path">The tokens' file, as the option names it or another.</param>
    public TextVocabulary Load(ParseResult parsed, string path) => TextVocabulary.Load(path, parsed.GetValue(_merges));

    /// <summary>Refuses merges without the tokens that they merge.</summary>
    /// <exception cref="UsageException">They are named alone.</exception>
    public void Check(ParseResult parsed)
    {
        if (parsed.GetValue(_merges) is not null && parsed.GetValue(File) is null) throw new UsageException("--merges needs --vocabulary.");
    }
}
