using System.Text.Json;
using MLNet.VisionLanguage.Tests.Support;
using Xunit;

namespace MLNet.VisionLanguage.Tests.Tokenization;

public sealed class BytePairTokenizerTests
{
    private static readonly string[] Captions =
        ["a small red circle", "a large red square and a small blue circle", "two circles", "it's a café 🌍", "  spaces\n", "the red circle is left of the blue circle"];

    private static BytePairTokenizer Roberta => BytePairVocabulary.Load(TestData.SharedData("vocab/roberta-base-vocab.json")).CreateTokenizer();

    [SkippableFact]
    public void Equals_the_original_on_the_published_cases()
    {
        var tokenizer = Roberta;
        using var cases = JsonDocument.Parse(File.ReadAllText(TestData.SharedData("vocab/gpt2_roberta_cases.json")));
        Assert.True(cases.RootElement.GetArrayLength() >= 8);
        foreach (var row in cases.RootElement.EnumerateArray())
        {
            var text = row.GetProperty("text").GetString()!;
            Assert.Equal(row.GetProperty("roberta_ids").EnumerateArray().Select(id => id.GetInt32()), tokenizer.EncodeToIds(text));
            Assert.Equal(row.GetProperty("bpe_tokens").EnumerateArray().Select(token => token.GetString()!), tokenizer.Tokenize(text));
        }
    }

    /// <summary>
    /// 67 chosen texts and 140 drawn from the blocks of Unicode. Their ids are those of encoder.py's rules, run in Python with its expression and
    /// RoBERTa's files.
    /// </summary>
    [SkippableFact]
    public void Equals_the_original_on_texts_of_all_scripts()
    {
        var tokenizer = Roberta;
        using var sample = JsonDocument.Parse(File.ReadAllText(Path.Combine(TestData.RepositoryRoot, "tests", "Text", "roberta_sample.json")));
        Assert.Equal(207, sample.RootElement.GetArrayLength());
        for (var time = 0; time < 2; time++)
        {
            // The second time words are remembered.
            foreach (var row in sample.RootElement.EnumerateArray())
            {
                var text = row.GetProperty("text").GetString()!;
                var expected = row.GetProperty("ids").EnumerateArray().Select(id => id.GetInt32()).ToList();
                var found = tokenizer.EncodeToIds(text);
                Assert.True(expected.SequenceEqual(found), $"{JsonSerializer.Serialize(text)}: {string.Join(' ', found)}; not {string.Join(' ', expected)}");
                Assert.Equal(text, tokenizer.Decode(found));
            }
        }
    }

    [SkippableFact]
    public void Has_the_ids_that_models_of_the_original_expect()
    {
        var tokenizer = Roberta;
        var vocabulary = tokenizer.Vocabulary;
        Assert.Equal((50265, 0, 1, 2, 3, 50264), (
            vocabulary.Count, vocabulary.ClassificationId, vocabulary.PaddingId, vocabulary.SeparatorId, vocabulary.UnknownId, vocabulary.MaskId));
        var single = tokenizer.Encode("This is some text");
        Assert.Equal([0, 713, 16, 103, 2788, 2], single.InputIds);
        var pair = tokenizer.Encode("This is some text", " text");
        Assert.Equal([0, 713, 16, 103, 2788, 2, 2, 2788, 2], pair.InputIds);
        Assert.Equal(new long[9], pair.TokenTypeIds);
        Assert.Equal(Enumerable.Repeat(1L, 9), pair.AttentionMask);
        Assert.Equal("This is some text", tokenizer.Decode(single.InputIds.Select(id => (int)id)));
        Assert.Equal([0, 713, 16, 2], tokenizer.Encode("This is some text", maxLength: 4).InputIds);
        Assert.Equal([0, 713, 16, 2, 2, 2788, 2], tokenizer.Encode("This is some text", " text", 7).InputIds);
        Assert.Equal([0, 713, 2, 2, 2788, 2], tokenizer.Encode("This is some text", " text", 6).InputIds);
        Assert.Throws<ArgumentOutOfRangeException>(() => tokenizer.Encode("This", "is", 5));
        Assert.Throws<ArgumentOutOfRangeException>(() => tokenizer.Encode("This", maxLength: 2));
        Assert.DoesNotContain(50264, tokenizer.EncodeToIds("a <mask> of </s>"));
        Assert.Equal(tokenizer.EncodeToIds("a\uFFFDb \uFFFD"), tokenizer.EncodeToIds("a\uD83Db \uDC00"));
    }

    [SkippableFact]
    public void Threads_share_a_tokenizer()
    {
        var tokenizer = Roberta;
        string[] texts = [.. Enumerable.Range(0, 400).Select(i => $"word{i} café{i % 7} and {i * 31} 🌍 of {i}")];
        var alone = texts.Select(text => Roberta.EncodeToIds(text)).Take(5).ToList();
        var together = texts.AsParallel().AsOrdered().WithDegreeOfParallelism(4).Select(tokenizer.EncodeToIds).ToList();
        Assert.Equal(alone, together.Take(5));
        Assert.Equal(texts, together.Select(tokenizer.Decode));
    }

    [Fact]
    public void A_learnt_vocabulary_merges_what_is_most_frequent()
    {
        // "ab" stands three times, "aba" two; "b a" crosses no word.
        var merges = BytePairVocabulary.Build(["ab aba", "aba"], size: 263);
        Assert.Equal(263, merges.Count);
        Assert.Equal("ab", merges.TokenOf(260));
        Assert.Equal("aba", merges.TokenOf(261));
        Assert.Equal((0, 1, 2, 3, 262), (merges.ClassificationId, merges.PaddingId, merges.SeparatorId, merges.UnknownId, merges.MaskId));
        Assert.Equal(["aba", "Ġ", "ab", "c"], merges.CreateTokenizer().Tokenize("aba abc"));

        // Nothing occurs twice any more: the limit is not reached.
        Assert.Equal(263, BytePairVocabulary.Build(["ab aba", "aba"], size: 5000).Count);
        Assert.Equal(261, BytePairVocabulary.Build([], size: 400).Count);
        Assert.Throws<ArgumentOutOfRangeException>(() => BytePairVocabulary.Build([], size: 260));
    }

    [Fact]
    public void A_learnt_vocabulary_spells_any_text()
    {
        var vocabulary = BytePairVocabulary.Build(Captions, 320);
        var tokenizer = vocabulary.CreateTokenizer();
        foreach (var text in Captions.Append("Ünseen 漢字 \0\n")) Assert.Equal(text, tokenizer.Decode(tokenizer.EncodeToIds(text)));
        Assert.Equal(["a", "Ġred", "Ġcircle"], BytePairVocabulary.Build(Enumerable.Repeat("a red circle", 2)).CreateTokenizer().Tokenize("a red circle"));
        Assert.Equal(vocabulary.ToString(), BytePairVocabulary.Build(Captions, 320).ToString());
    }

    [Fact]
    public void Is_read_from_what_it_writes()
    {
        using var folder = new TemporaryFolder();
        var vocabulary = BytePairVocabulary.Build(Captions, 300);
        vocabulary.Save(folder.File("vocab.json"));
        vocabulary.Save(folder.File("roberta-base-vocab.json"));
        vocabulary.Save(folder.File("tokens.json"), folder.File("pairs.txt"));
        Assert.StartsWith("#version: 0.2\n", File.ReadAllText(folder.File("roberta-base-merges.txt")));
        TextVocabulary[] read =
        [
            BytePairVocabulary.Parse(vocabulary.ToString()), TextVocabulary.Load(folder.Path), TextVocabulary.Load(folder.File("roberta-base-vocab.json")),
            TextVocabulary.Load(folder.File("tokens.json"), folder.File("pairs.txt")), TextVocabulary.Load(folder.File("tokens.json")),
        ];
        Assert.All(read, own => Assert.Equal(vocabulary.ToString(), Assert.IsType<BytePairVocabulary>(own).ToString()));
        File.WriteAllText(folder.File("vocab.txt"), "[PAD]\n[UNK]\n[CLS]\n[SEP]\n");
        Assert.IsType<BertVocabulary>(TextVocabulary.Load(folder.Path));
    }

    [Fact]
    public void Broken_files_are_named()
    {
        using var folder = new TemporaryFolder();
        var good = BytePairVocabulary.Build(["ab ab"], 262);
        good.Save(folder.File("vocab.json"));
        var json = File.ReadAllText(folder.File("vocab.json"));
        Assert.Contains("line 2: the vocabulary has no token 'xab'", WithMerges("#version: 0.2\nx ab\n"));
        Assert.Contains("line 1: two tokens with a space between them are expected, found 'a b c'", WithMerges("a b c\n"));
        Assert.Contains("the special token <s> is missing", WithTokens(json.Replace("\"<s>\"", "\"<z>\"", StringComparison.Ordinal)));
        Assert.Contains("the token of byte 97 is missing", WithTokens(json.Replace("\"a\"", "\"zz\"", StringComparison.Ordinal)));
        Assert.Contains("have the same id 1", WithTokens(json.Replace("\"<s>\":0", "\"<s>\":1", StringComparison.Ordinal)));
        Assert.Contains("the token '<s>' has the id -1", WithTokens(json.Replace("\"<s>\":0", "\"<s>\":-1", StringComparison.Ordinal)));
        Assert.Contains("not valid JSON at line 1", WithTokens(json[..40]));
        Assert.Contains("an object of tokens and ids is expected, found Array", WithTokens("[1]"));
        Assert.Contains("a web page", WithTokens("<!doctype html><title>x</title>"));
        File.WriteAllText(folder.File("vocab.json"), json);
        Assert.Contains("merges.txt' does not exist", Assert.Throws<FileNotFoundException>(() => BytePairVocabulary.Load(folder.File("vocab.json"))).Message);
        Assert.Throws<FileNotFoundException>(() => BytePairVocabulary.Load(folder.File("none.json")));

        string WithMerges(string merges)
        {
            File.WriteAllText(folder.File("merges.txt"), merges);
            return Assert.Throws<InvalidDataException>(() => BytePairVocabulary.Load(folder.File("vocab.json"))).Message;
        }

        string WithTokens(string tokens)
        {
            File.Delete(folder.File("merges.txt"));
            File.WriteAllText(folder.File("vocab.json"), tokens);
            File.WriteAllText(folder.File("pairs.txt"), "#version: 0.2\n");
            return Assert.Throws<InvalidDataException>(() => BytePairVocabulary.Load(folder.File("vocab.json"), folder.File("pairs.txt"))).Message;
        }
    }

    [Fact]
    public void Word_pieces_are_put_together_again()
    {
        var tokenizer = BertVocabulary.Parse("[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\nun\n##aff\n##able\nwhat").CreateTokenizer();
        Assert.Equal("what unaffable", tokenizer.Decode([2, 8, 5, 6, 7, 3, 0]));
    }
}
