using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.VisionLanguage.Columns;
using MLNet.VisionLanguage.Persistence;
using MLNet.VisionLanguage.Tests.Support;
using MLNet.VisionLanguage.Tests.Tool;
using Xunit;

namespace MLNet.VisionLanguage.Tests.Tokenization;

public sealed class TokenizeBytePairsTests
{
    private static readonly BytePairVocabulary Vocabulary =
        BytePairVocabulary.Build(Enumerable.Repeat("What is it? What color is it? yes no café", 3), 290);

    private readonly MLContext _ml = new(1);

    [Fact]
    public void Survives_saving_and_plain_loading()
    {
        using var folder = new TemporaryFolder();
        var data = _ml.Data.LoadFromEnumerable([new Row { Question = "What is it?", Other = "no" }, new Row { Question = "Color café?", Other = "yes" }]);
        var model = _ml.Transforms.TokenizeText(Vocabulary, "Question", "Other").Fit(data);
        _ml.Model.Save(model, data.Schema, folder.File("m.zip"));
        var expected = data.GetColumn<string>("Question").Zip(data.GetColumn<string>("Other"), (text, pair) => Vocabulary.CreateTokenizer().Encode(text, pair)).ToList();
        foreach (var (name, column) in new[]
            { ("InputIds", expected.Select(text => text.InputIds)), ("AttentionMask", expected.Select(text => text.AttentionMask)), ("TokenTypeIds", expected.Select(text => text.TokenTypeIds)) })
        {
            Assert.Equal(column, model.Transform(data).GetColumn<long[]>(name));
            Assert.Equal(column, new MLContext().Model.Load(folder.File("m.zip"), out _).Transform(data).GetColumn<long[]>(name));
        }

        var restored = Assert.IsType<TokenizeTextTransformer>(_ml.VisionLanguage().Load(folder.File("m.zip")));
        Assert.False(restored.Uncased);
        Assert.Equal(Vocabulary.ToString(), Assert.IsType<BytePairVocabulary>(restored.Vocabulary).ToString());
    }

    [Fact]
    public void Word_pieces_are_saved_as_older_programs_read_them()
    {
        var data = _ml.Data.LoadFromEnumerable([new Row { Question = "what" }]);
        Assert.Contains("\"version\":1", State(BertVocabulary.Build(["what"])));
        Assert.Contains("\"version\":2", State(Vocabulary));

        string State(TextVocabulary vocabulary) => StateChain.ReadState(_ml, ChainOf(_ml.Transforms.TokenizeText(vocabulary, "Question").Fit(data)))!;

        ITransformer ChainOf(ITransformer own)
        {
            using var folder = new TemporaryFolder();
            _ml.Model.Save(own, data.Schema, folder.File("m.zip"));
            return _ml.Model.Load(folder.File("m.zip"), out _);
        }
    }

    [Fact]
    public void Texts_are_cut_and_empty_ones_told()
    {
        var data = _ml.Data.LoadFromEnumerable([new Row { Question = "What is it? What color?" }]);
        var cut = _ml.Transforms.TokenizeText(Vocabulary, "Question", maxLength: 4).Fit(data).Transform(data).GetColumn<long[]>("InputIds").Single();
        Assert.Equal(Vocabulary.CreateTokenizer().EncodeToIds("What is").Select(id => (long)id).Prepend(0).Append(2), cut);
        var empty = _ml.Data.LoadFromEnumerable([new Row()]);
        var strict = _ml.Transforms.TokenizeText(Vocabulary, "Question").Fit(empty).Transform(empty);
        Assert.Contains(
            "set AllowEmpty to encode it as <s> </s>", RowErrors.Throws<InvalidOperationException>(() => strict.GetColumn<long[]>("InputIds").ToList()).Message);
        var lenient = _ml.Transforms.TokenizeText(Vocabulary, "Question", allowEmpty: true).Fit(empty).Transform(empty);
        Assert.Equal([0, 2], lenient.GetColumn<long[]>("InputIds").Single());
        Assert.Throws<ArgumentOutOfRangeException>(() => _ml.Transforms.TokenizeText(Vocabulary, "Question", "Other", maxLength: 5));
        var tags = Assert.Throws<ArgumentException>(() => _ml.Transforms.TokenizeText(Vocabulary, "Question", null, new() { TagsColumnName = "Tags" }));
        Assert.Contains("TagsColumnName goes with word pieces", tags.Message);
    }

    [Fact]
    public void Trainers_are_told_the_sizes()
    {
        var data = _ml.Data.LoadFromEnumerable([new Row { Question = "What" }]);
        var column = _ml.Transforms.TokenizeText(Vocabulary, "Question", maxLength: 30).Fit(data).Transform(data).Schema["InputIds"];
        Assert.Equal((Vocabulary.Count, 30), TokenAnnotations.Find(column));
        Assert.Equal(Vocabulary.MaskId, TokenAnnotations.FindMask(column));
    }

    [Fact]
    public void The_tool_reads_both_files()
    {
        using var folder = new TemporaryFolder();
        Vocabulary.Save(folder.File("vocab.json"));
        Vocabulary.Save(folder.File("tokens.json"), folder.File("pairs.txt"));
        var input = folder.Write("a.jsonl", """{"text": "What is it?"}"""u8);
        var ids = Vocabulary.CreateTokenizer().EncodeToIds("What is it?");
        Assert.Equal([$"[{string.Join(", ", ids)}]"], Run("--vocabulary", folder.File("vocab.json")));
        Assert.Equal([$"[{string.Join(", ", ids)}]"], Run("--vocabulary", folder.File("tokens.json"), "--merges", folder.File("pairs.txt")));
        Assert.Equal([$"[0, {string.Join(", ", ids)}, 2]"], Run("--vocabulary", folder.File("vocab.json"), "--special-tokens"));

        IReadOnlyList<string> Run(params string[] arguments) => ToolRun.Run(["tokenize", "--input", input, .. arguments]).Lines;
    }

    private sealed class Row
    {
        public string Question { get; set; } = "";

        public string Other { get; set; } = "";
    }
}
