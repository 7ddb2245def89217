using MLNet.VisionLanguage.Tokenization;
using Xunit;

namespace MLNet.VisionLanguage.Tests.Text;

/// <summary>Characters and their tokens, phrases of a text and of nobody.</summary>
public sealed class TokenCharactersTests
{
    private static readonly BertVocabulary Pieces = BertVocabulary.Parse(
        string.Join('\n', "[PAD]", "[UNK]", "[CLS]", "[SEP]", "a", "red", "cross", "##walk", "##s", ".", ",", "cat"));

    [Fact]
    public void Each_word_has_its_own_tokens_and_a_blank_has_none()
    {
        var tokens = TokenCharacters.Of(Pieces.CreateTokenizer(), "a red cat.");
        Assert.Equal([1, -1, 2, 2, 2, -1, 3, 3, 3, 4], tokens);
    }

    [Fact]
    public void A_word_of_several_tokens_shares_them_out()
    {
        // cross ##walk ##s; the ends are the first and the last.
        var tokens = TokenCharacters.Of(Pieces.CreateTokenizer(), "a crosswalks, red");
        Assert.Equal((2, 4, 5, 6), (tokens[2], tokens[11], tokens[12], tokens[14]));
        Assert.Equal(tokens[2..12].Order(), tokens[2..12]);
        Assert.Equal([2, 3, 4], TokenSpans.Tokens(tokens, [new(2, 12)]));
        Assert.Equal([6], TokenSpans.Tokens(tokens, [new(14, 17)]));
    }

    [Fact]
    public void Nothing_and_unknown_words()
    {
        Assert.Empty(TokenCharacters.Of(Pieces.CreateTokenizer(), ""));
        Assert.Equal([-1, -1], TokenCharacters.Of(Pieces.CreateTokenizer(), "  "));
        Assert.Equal([1, 1, 1, -1, 2], TokenCharacters.Of(Pieces.CreateTokenizer(), "dog a"));
        Assert.Empty(TokenSpans.Tokens([-1, -1, -1, -1], [new(0, 4)]));
        Assert.Equal([1, 2], TokenSpans.Tokens([1, 2], [new(5, 6), new(0, 2)]));
    }

    [Theory]
    [InlineData("a man in a red hat", "a man|a red hat")]
    [InlineData("The two dogs, one cat and a red-brown box.", "The two dogs|one cat|a red-brown box")]
    [InlineData("red circle left of a blue square", "red circle|a blue square")]
    [InlineData("is there", "is there")]
    [InlineData("the", "the")]
    public void A_caption_falls_apart_at_punctuation_and_small_words(string caption, string phrases) =>
        Assert.Equal(phrases.Split('|'), CaptionPhrases.Of(caption));
}
