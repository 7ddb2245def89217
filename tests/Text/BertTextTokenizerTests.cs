using System.Text.Json;
using MLNet.VisionLanguage.Tests.Support;
using Xunit;

namespace MLNet.VisionLanguage.Tests.Tokenization;

public sealed class BertTextTokenizerTests
{
    private static readonly BertVocabulary Small = BertVocabulary.Parse(string.Join('\n',
        "[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "what", "is", "the", "un", "##aff", "##able", "cafe", "σας", "σ", "?", "$", "=", "_", "e", "[", "]",
        "mask", "Is", "\u4E2D", "\u56FD", "\u1100", "\u1161", "\u1100\u1161", ".", "x", "##x", "i", "'"));

    [SkippableFact]
    public void Equals_the_original_on_every_shared_question()
    {
        var lines = File.ReadAllLines(TestData.SharedData("vocab/bert_uncased_tokenisation_shared.jsonl"));
        var tokenizer = new BertTextTokenizer(BertVocabulary.Load(TestData.SharedData("vocab/bert-base-uncased-vocab.txt")));
        Assert.Equal(928, lines.Length);
        foreach (var line in lines)
        {
            using var json = JsonDocument.Parse(line);
            var text = json.RootElement.GetProperty("text").GetString()!;
            Assert.Equal(json.RootElement.GetProperty("ids").EnumerateArray().Select(i => i.GetInt32()), tokenizer.EncodeToIds(text));
            Assert.Equal(json.RootElement.GetProperty("wordpiece").EnumerateArray().Select(i => i.GetString()!), tokenizer.Tokenize(text));
        }
    }

    [Theory]
    [InlineData("What is the unaffable?", "what is the un ##aff ##able ?")]
    [InlineData("CAFÉ cafe\u0301", "cafe cafe")]
    [InlineData("what$=__is", "what $ = _ _ is")]
    [InlineData("\u4E2D\u56FDwhat", "\u4E2D \u56FD what")]
    [InlineData("what\u200B\u0007is\u00A0the\u3000?", "[UNK] the ?")] // whatis is one unknown word once the invisible characters are gone
    [InlineData("ΣΑΣ Σ", "σας σ")]
    [InlineData("İ", "i")]
    [InlineData("\uAC00", "\u1100\u1161")]
    [InlineData("[MASK]", "[ mask ]")]
    [InlineData("what\uFFFD\0is", "[UNK]")]
    [InlineData("what\u2028is", "what is")]
    [InlineData("\uD83D what", "what")]
    [InlineData(" \t\n ", "")]
    [InlineData("", "")]
    public void Follows_the_basic_tokenizer(string text, string expected) =>
        Assert.Equal(expected, string.Join(' ', new BertTextTokenizer(Small).Tokenize(text)));

    [Fact]
    public void Cased_text_keeps_case_and_accents() =>
        Assert.Equal(["Is", "is", "[UNK]"], new BertTextTokenizer(Small, uncased: false).Tokenize("Is is café"));

    [Fact]
    public void A_word_of_more_than_100_code_points_is_unknown()
    {
        var tokenizer = new BertTextTokenizer(Small);
        Assert.Equal(100, tokenizer.EncodeToIds(new string('x', 100)).Count);
        Assert.Equal(["what", "[UNK]", "?"], tokenizer.Tokenize("what " + new string('x', 101) + "?"));
    }

    [Theory]
    [InlineData(5, "[CLS] what is the [SEP]")]
    [InlineData(6, "[CLS] what is the ? [SEP]")]
    [InlineData(100, "[CLS] what is the ? [SEP]")]
    [InlineData(3, "[CLS] what [SEP]")]
    public void A_single_text_loses_its_end(int maxLength, string expected)
    {
        var encoded = new BertTextTokenizer(Small).Encode("what is the?", maxLength: maxLength);
        Assert.Equal(expected, Pieces(encoded));
        Assert.All(encoded.TokenTypeIds, t => Assert.Equal(0, t));
        Assert.All(encoded.AttentionMask, m => Assert.Equal(1, m));
        Assert.Equal(encoded.InputIds.Length, encoded.TokenTypeIds.Length);
        Assert.Equal(encoded.InputIds.Length, encoded.AttentionMask.Length);
    }

    [Theory]
    [InlineData(20, "[CLS] what is the ? [SEP] cafe . [SEP]", "000000111")]
    [InlineData(8, "[CLS] what is the [SEP] cafe . [SEP]", "00000111")]
    [InlineData(7, "[CLS] what is [SEP] cafe . [SEP]", "0000111")]
    [InlineData(6, "[CLS] what is [SEP] cafe [SEP]", "000011")]
    [InlineData(5, "[CLS] what [SEP] cafe [SEP]", "00011")]
    public void A_pair_loses_from_the_longer_text_then_from_the_second(int maxLength, string expected, string types)
    {
        var encoded = new BertTextTokenizer(Small).Encode("what is the?", "cafe.", maxLength);
        Assert.Equal(expected, Pieces(encoded));
        Assert.Equal(types, string.Concat(encoded.TokenTypeIds));
    }

    [Fact]
    public void A_limit_without_room_for_text_is_refused()
    {
        var tokenizer = new BertTextTokenizer(Small);
        Assert.Throws<ArgumentOutOfRangeException>(() => tokenizer.Encode("what", maxLength: 2));
        Assert.Throws<ArgumentOutOfRangeException>(() => tokenizer.Encode("what", "is", 4));
    }

    [Fact]
    public void Vocabulary_checks_its_lines()
    {
        Assert.Contains("line 6 repeats the token 'x' of line 5", Error("[PAD]\n[UNK]\n[CLS]\n[SEP]\nx\nx"));
        Assert.Contains("[SEP] is missing", Error("[PAD]\n[UNK]\n[CLS]\nx"));
        var spaced = BertVocabulary.Parse("[PAD]\r\n\r\n[UNK]\r\n[CLS]\r\n[SEP]\r\n");
        Assert.Equal((5, 2, null), (spaced.Count, spaced.UnknownId, spaced.MaskId));
        Assert.Equal("[SEP]", BertVocabulary.Parse(spaced.ToString()).TokenOf(4));
        Assert.Throws<ArgumentOutOfRangeException>(() => spaced.TokenOf(1));
        Assert.Throws<FileNotFoundException>(() => BertVocabulary.Load("none.txt"));

        static string Error(string text) => Assert.Throws<InvalidDataException>(() => BertVocabulary.Parse(text)).Message;
    }

    [Fact]
    public void A_built_vocabulary_knows_every_word_of_its_texts()
    {
        string[] texts = ["What color is the Circle?", "what shape?", "is the circle red"];
        var vocabulary = BertVocabulary.Build(texts, minOccurrences: 2);
        var tokenizer = new BertTextTokenizer(vocabulary);
        Assert.Equal("what s ##h ##a ##p ##e ?", string.Join(' ', tokenizer.Tokenize(texts[1])));
        Assert.DoesNotContain(vocabulary.UnknownId, texts.SelectMany(tokenizer.EncodeToIds));
        Assert.Equal(0, vocabulary.PaddingId);
        Assert.Equal(vocabulary.ToString(), BertVocabulary.Build(texts, 2).ToString());
    }

    private static string Pieces(EncodedText encoded) => string.Join(' ', encoded.InputIds.Select(i => Small.TokenOf((int)i)));
}
