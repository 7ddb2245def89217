using Microsoft.ML.Tokenizers;
using Xunit;

namespace MLNet.VisionLanguage.Tests.Platform;

/// <summary>What Microsoft.ML.Tokenizers does with WordPiece; the library brings its own normalizer and pre-tokenizer to it.</summary>
public class TokenizerTests
{
    private static readonly string[] Vocabulary =
        ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "what", "is", "play", "##ing", "##s", "?", "$", "5", "run", "caf", "##e"];

    [Fact]
    public void Word_pieces_are_the_longest_from_the_left()
    {
        var tokenizer = WordPieceTokenizer.Create(Open());
        Assert.Equal(Ids("play", "##ing", "run", "##s", "[UNK]"), tokenizer.EncodeToIds("playing runs nothing"));
        Assert.Equal(1, tokenizer.UnknownTokenId);
    }

    [Fact]
    public void A_word_that_is_too_long_is_unknown()
    {
        var tokenizer = WordPieceTokenizer.Create(Open(), new WordPieceOptions { MaxInputCharsPerWord = 4 });
        Assert.Equal(Ids("play", "[UNK]"), tokenizer.EncodeToIds("play plays"));
    }

    [Fact]
    public void Own_normalizers_and_pre_tokenizers_are_used()
    {
        var options = new WordPieceOptions { Normalizer = new Lower(), PreTokenizer = new Letters() };
        var tokenizer = WordPieceTokenizer.Create(Open(), options);
        Assert.Equal(Ids("what", "$", "5", "?"), tokenizer.EncodeToIds("WHAT$5?"));
        Assert.Equal(4, tokenizer.CountTokens("WHAT$5?"));
        var tokens = tokenizer.EncodeToTokens("Plays", out var normalized);
        Assert.Equal("plays", normalized);
        Assert.Equal(["play", "##s"], tokens.Select(x => x.Value));
        Assert.Equal([0..4, 4..5], tokens.Select(x => x.Offset));
    }

    [Fact]
    public void Words_that_do_not_fit_whole_are_left_out()
    {
        var tokenizer = WordPieceTokenizer.Create(Open());
        var ids = tokenizer.EncodeToIds("what playing", maxTokenCount: 2, out _, out var consumed);
        Assert.Equal(Ids("what"), ids);
        Assert.Equal("what".Length, consumed);
    }

    [Fact]
    public void Bert_adds_its_special_tokens()
    {
        var tokenizer = BertTokenizer.Create(Open());
        Assert.Equal(Ids("[CLS]", "what", "is", "?", "[SEP]"), tokenizer.EncodeToIds("What IS?"));
        Assert.Equal(Ids("what", "[MASK]"), tokenizer.EncodeToIds("what [MASK]", addSpecialTokens: false));
        Assert.Equal(Ids("[CLS]", "what", "[SEP]", "is", "[SEP]"), tokenizer.BuildInputsWithSpecialTokens(Ids("what"), Ids("is")));
        Assert.Equal([0, 0, 0, 1, 1], tokenizer.CreateTokenTypeIdsFromSequences(Ids("what"), Ids("is")));
    }

    [Fact]
    public void Bert_drops_symbols_that_are_not_punctuation()
        => Assert.Equal(Ids("what", "5"), BertTokenizer.Create(Open()).EncodeToIds("what $ 5", addSpecialTokens: false));

    private static int[] Ids(params string[] tokens) => [.. tokens.Select(x => Array.IndexOf(Vocabulary, x))];

    private static MemoryStream Open() => new(System.Text.Encoding.UTF8.GetBytes(string.Join('\n', Vocabulary)));

    private sealed class Lower : Normalizer
    {
        public override string Normalize(string original) => original.ToLowerInvariant();

        public override string Normalize(ReadOnlySpan<char> original) => Normalize(original.ToString());
    }

    /// <summary>Runs of letters are words; every other character is a word of its own.</summary>
    private sealed class Letters : PreTokenizer
    {
        public override IEnumerable<(int Offset, int Length)> PreTokenize(ReadOnlySpan<char> text) => PreTokenize(text.ToString());

        public override IEnumerable<(int Offset, int Length)> PreTokenize(string text)
        {
            for (var start = 0; start < text.Length;)
            {
                var end = start + 1;
                while (char.IsLetter(text[start]) && end < text.Length && char.IsLetter(text[end]))
                    end++;
                yield return (start, end - start);
                start = end;
            }
        }
    }
}
