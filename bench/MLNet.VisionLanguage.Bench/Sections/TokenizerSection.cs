using System.Text;
using Microsoft.ML.Tokenizers;

namespace MLNet.VisionLanguage.Bench.Sections;

/// <summary>BERT's and RoBERTa's tokenization on one core, beside ML.NET's own tokenizers.</summary>
internal sealed class TokenizerSection : ISection
{
    private const int Texts = 5000;

    public string Name => "tokenizer";

    public string Description => "BERT's and RoBERTa's tokenization of questions, tokens/s on one core";

    public void Run(Workbench bench, Report report)
    {
        var (texts, vocabulary) = Make(bench.Options.IsTiny ? Texts / 50 : Texts);
        var ours = new BertTextTokenizer(vocabulary);
        using var stream = new MemoryStream(Encoding.UTF8.GetBytes(vocabulary.ToString()));
        var theirs = BertTokenizer.Create(stream);
        Compare(
            "this library's BertTextTokenizer", ours.EncodeToIds,
            "ML.NET's BertTokenizer", text => theirs.EncodeToIds(text, addSpecialTokens: false));

        var pairs = BytePairVocabulary.Build(texts, size: 5000);
        var spelt = new BpeOptions(Enumerable.Range(0, pairs.Count).Select(id => KeyValuePair.Create(pairs.TokenOf(id), id)))
        {
            Merges = pairs.ToString().Split('\n').Skip(1),
            ByteLevel = true,
            PreTokenizer = RobertaPreTokenizer.Instance,
        };
        var their = BpeTokenizer.Create(spelt);
        Compare("this library's BytePairTokenizer", pairs.CreateTokenizer().EncodeToIds, "ML.NET's BpeTokenizer", text => their.EncodeToIds(text));

        void Compare(string own, Func<string, IReadOnlyList<int>> encode, string other, Func<string, IReadOnlyList<int>> encodeOther)
        {
            float[] expected = Ids(encodeOther);
            report.Compare("ids of both", expected, Ids(encode), 0);
            var times = Clock.Compare(bench.Options.Rounds,
            [
                new(own, () => { foreach (var text in texts) encode(text); }),
                new(other, () => { foreach (var text in texts) encodeOther(text); }),
            ]);
            foreach (var (name, seconds) in times)
                report.Row(name, $"{expected.Length / seconds / 1e6:F2} million tokens/s", $"{own} is {seconds / times[own]:F2} times as fast");
        }

        float[] Ids(Func<string, IReadOnlyList<int>> encode) => [.. texts.SelectMany(encode).Select(id => (float)id)];
    }

    /// <summary>
    /// Questions of made-up words: most are words of the vocabulary, one in ten is made of pieces; a capital at the beginning, a mark at
    /// the end, now and then an apostrophe.
    /// </summary>
    private static (List<string> Texts, BertVocabulary Vocabulary) Make(int count)
    {
        var random = new Random(1);
        string Letters(int most) => string.Concat(Enumerable.Range(0, 2 + random.Next(most)).Select(_ => (char)('a' + random.Next(26))));
        List<string> words = [.. Enumerable.Range(0, 20_000).Select(_ => Letters(7)).Distinct()];
        IEnumerable<string> letters = Enumerable.Range('a', 26).SelectMany(letter => new[] { $"{(char)letter}", $"##{(char)letter}" });
        IEnumerable<string> pieces = words.Take(5000).Select(word => "##" + word);
        IEnumerable<string> marks = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "?", ".", ",", "'"];
        var vocabulary = BertVocabulary.Parse(string.Join('\n', marks.Concat(letters).Concat(words.Where(word => word.Length > 1)).Concat(pieces)));
        List<string> texts = [.. Enumerable.Range(0, count).Select(_ => Text())];
        return (texts, vocabulary);

        string Text()
        {
            IEnumerable<string> chosen = Enumerable.Range(0, 4 + random.Next(7)).Select(_ => Word());
            var text = string.Join(' ', chosen);
            return char.ToUpperInvariant(text[0]) + text[1..] + "?";
        }

        string Word() => random.Next(20) switch
        {
            0 => Letters(10),
            1 => words[random.Next(words.Count)] + words[random.Next(words.Count)],
            2 => words[random.Next(words.Count)] + "'s",
            _ => words[random.Next(words.Count)],
        };
    }
}
