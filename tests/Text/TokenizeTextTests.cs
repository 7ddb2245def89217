using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.VisionLanguage.Tests.Support;
using Xunit;

namespace MLNet.VisionLanguage.Tests.Tokenization;

public sealed class TokenizeTextTests
{
    private static readonly BertVocabulary Vocabulary = BertVocabulary.Build(["what is the color of it ? yes no red"]);

    private readonly MLContext _ml = new(1);

    [Fact]
    public void Adds_columns_of_natural_length()
    {
        var data = _ml.Data.LoadFromEnumerable([new Row { Question = "What is it?" }, new Row { Question = "Color" }]);
        var estimator = _ml.Transforms.TokenizeText(Vocabulary, "Question");
        var transformed = estimator.Fit(data).Transform(data);

        Assert.Equal(
            ["Question", "Other", "InputIds", "AttentionMask", "TokenTypeIds"], transformed.Schema.Where(c => !c.IsHidden).Select(c => c.Name));
        foreach (var name in new[] { "InputIds", "AttentionMask", "TokenTypeIds" })
        {
            var type = Assert.IsType<VectorDataViewType>(transformed.Schema[name].Type);
            Assert.Equal((NumberDataViewType.Int64, false), (type.ItemType, type.IsKnownSize));
        }

        var ids = transformed.GetColumn<long[]>("InputIds").ToList();
        Assert.Equal("[CLS] what is it ? [SEP]", Pieces(ids[0]));
        Assert.Equal("[CLS] color [SEP]", Pieces(ids[1]));
        Assert.Equal([6, 3], transformed.GetColumn<long[]>("AttentionMask").Select(m => m.Sum(v => v)));
        Assert.Equal([6, 3], transformed.GetColumn<long[]>("TokenTypeIds").Select(t => t.Length));
    }

    [Fact]
    public void Encodes_pairs_under_chosen_names()
    {
        var data = _ml.Data.LoadFromEnumerable([new Row { Question = "what is it", Other = "red" }]);
        var options = new TokenizeTextOptions { InputIdsColumnName = "a", AttentionMaskColumnName = "b", TokenTypeIdsColumnName = "c", MaxLength = 6 };
        var transformed = _ml.Transforms.TokenizeText(Vocabulary, "Question", "Other", options).Fit(data).Transform(data);
        Assert.Equal("[CLS] what is [SEP] red [SEP]", Pieces(transformed.GetColumn<long[]>("a").Single()));
        Assert.Equal([0, 0, 0, 0, 1, 1], transformed.GetColumn<long[]>("c").Single());
        Assert.Equal(6, transformed.GetColumn<long[]>("b").Single().Length);
    }

    [Fact]
    public void Survives_saving_and_plain_loading()
    {
        using var folder = new TemporaryFolder();
        var data = _ml.Data.LoadFromEnumerable([new Row { Question = "What is it?", Other = "no" }, new Row { Question = "Color?", Other = "yes" }]);
        var model = _ml.Transforms.CopyColumns("Copy", "Question").Append(_ml.Transforms.TokenizeText(Vocabulary, "Copy", "Other")).Fit(data);
        var path = folder.File("model.zip");
        _ml.Model.Save(model, data.Schema, path);

        var other = new MLContext(2);
        var loaded = other.Model.Load(path, out var schema);

        Assert.Equal(["Question", "Other"], schema.Select(c => c.Name));
        Assert.Equal(model.Transform(data).GetColumn<long[]>("InputIds"), loaded.Transform(data).GetColumn<long[]>("InputIds"));
        using var engine = other.Model.CreatePredictionEngine<Row, Tokens>(loaded);
        Assert.Equal("[CLS] what is it ? [SEP] no [SEP]", Pieces(engine.Predict(new Row { Question = "What is it?", Other = "no" }).InputIds));

        var restored = Assert.IsAssignableFrom<IEnumerable<ITransformer>>(other.VisionLanguage().Load(path)).Select(t => t as TokenizeTextTransformer).ToList();
        Assert.Null(restored[0]);
        Assert.Equal(("Copy", "Other", 128), (restored[1]!.TextColumnName, restored[1]!.PairColumnName, restored[1]!.MaxLength));
        Assert.Equal(Vocabulary.ToString(), restored[1]!.Vocabulary.ToString());

        // A restored component saves as it was saved before.
        var again = folder.File("again.zip");
        other.Model.Save(new TransformerChain<ITransformer>([.. ((IEnumerable<ITransformer>)loaded).Take(1), restored[1]!]), schema, again);
        Assert.Equal(
            model.Transform(data).GetColumn<long[]>("TokenTypeIds"), new MLContext().Model.Load(again, out _).Transform(data).GetColumn<long[]>("TokenTypeIds"));
    }

    [Fact]
    public void Two_components_in_one_pipeline_keep_their_own_state()
    {
        var data = _ml.Data.LoadFromEnumerable([new Row { Question = "what is it", Other = "Red" }]);
        var second = new TokenizeTextOptions { InputIdsColumnName = "a", AttentionMaskColumnName = "b", TokenTypeIdsColumnName = "c" };
        var vocabulary = BertVocabulary.Build(["red"]);
        var model = _ml.Transforms.TokenizeText(Vocabulary, "Question").Append(_ml.Transforms.TokenizeText(vocabulary, "Other", null, second)).Fit(data);
        var transformed = model.Transform(data);
        Assert.Equal("[CLS] what is it [SEP]", Pieces(transformed.GetColumn<long[]>("InputIds").Single()));
        vocabulary.TryGetId("red", out var red);
        Assert.Equal([2, red, 3], transformed.GetColumn<long[]>("a").Single());
    }

    [Fact]
    public void Wrong_columns_are_named()
    {
        var data = _ml.Data.LoadFromEnumerable([new Wrong { Question = 3 }]);
        var missing = Assert.Throws<ArgumentException>(() => _ml.Transforms.TokenizeText(Vocabulary, "Qestion").Fit(data)).Message;
        Assert.Contains("TokenizeText: there is no column 'Qestion' in the input; a column of type Text is expected. The columns are: Question.", missing);
        var wrong = Assert.Throws<ArgumentException>(() => _ml.Transforms.TokenizeText(Vocabulary, "Question").Fit(data)).Message;
        Assert.Contains("TokenizeText: column 'Question' must be of type Text but is Single.", wrong);

        // In a pipeline the check comes before any fitting.
        var pipeline = _ml.Transforms.CopyColumns("Copy", "Question").Append(_ml.Transforms.TokenizeText(Vocabulary, "Copy"));
        Assert.Contains("column 'Copy' must be of type Text but is Single", Assert.Throws<ArgumentException>(() => pipeline.Fit(data)).Message);
        var good = _ml.Data.LoadFromEnumerable([new Row { Question = "what" }]);
        var model = _ml.Transforms.TokenizeText(Vocabulary, "Question").Fit(good);
        Assert.Throws<ArgumentException>(() => model.Transform(data));
    }

    [Theory]
    [InlineData("")]
    [InlineData(" \t ")]
    public void An_empty_text_is_an_error_unless_allowed(string text)
    {
        var data = _ml.Data.LoadFromEnumerable([new Row { Question = text }]);
        var strict = _ml.Transforms.TokenizeText(Vocabulary, "Question").Fit(data).Transform(data);
        var error = RowErrors.Throws<InvalidOperationException>(() => strict.GetColumn<long[]>("InputIds").ToList());
        Assert.Contains("column 'Question' holds an empty text", error.Message);
        var lenient = _ml.Transforms.TokenizeText(Vocabulary, "Question", null, options: new() { AllowEmpty = true }).Fit(data).Transform(data);
        Assert.Equal("[CLS] [SEP]", Pieces(lenient.GetColumn<long[]>("InputIds").Single()));
    }

    [Fact]
    public void A_text_longer_than_the_limit_is_cut_or_refused()
    {
        var data = _ml.Data.LoadFromEnumerable([new Row { Question = "what is the color of it?" }]);
        var cut = _ml.Transforms.TokenizeText(Vocabulary, "Question", null, options: new() { MaxLength = 5 }).Fit(data).Transform(data);
        Assert.Equal("[CLS] what is the [SEP]", Pieces(cut.GetColumn<long[]>("InputIds").Single()));
        var strict = _ml.Transforms.TokenizeText(Vocabulary, "Question", null, options: new() { MaxLength = 5, Truncate = false }).Fit(data).Transform(data);
        var error = RowErrors.Throws<InvalidOperationException>(() => strict.GetColumn<long[]>("InputIds").ToList());
        Assert.Contains("\"what is the color of it?\" has 9 tokens with the special ones, more than MaxLength = 5", error.Message);
    }

    [Fact]
    public void Options_are_checked()
    {
        Assert.Throws<ArgumentException>(() => _ml.Transforms.TokenizeText(Vocabulary, "Question", null, options: new() { InputIdsColumnName = "TokenTypeIds" }));
        Assert.Throws<ArgumentOutOfRangeException>(() => _ml.Transforms.TokenizeText(Vocabulary, "Question", null, options: new() { MaxLength = 2 }));
        Assert.Throws<ArgumentOutOfRangeException>(() => _ml.Transforms.TokenizeText(Vocabulary, "Question", "Other", options: new() { MaxLength = 4 }));
        Assert.Throws<FileNotFoundException>(() => _ml.Transforms.TokenizeText(BertVocabulary.Load("none.txt"), "Question"));
    }

    [SkippableFact]
    public void The_real_vocabulary_rides_in_the_model()
    {
        using var folder = new TemporaryFolder();
        var vocabularyPath = TestData.SharedData("vocab/bert-base-uncased-vocab.txt");
        var data = _ml.Data.LoadFromEnumerable([new Row { Question = "What color is the hydrant?" }]);
        _ml.Model.Save(_ml.Transforms.TokenizeText(BertVocabulary.Load(vocabularyPath), "Question").Fit(data), data.Schema, folder.File("m.zip"));
        var ids = new MLContext().Model.Load(folder.File("m.zip"), out _).Transform(data).GetColumn<long[]>("InputIds").Single();
        Assert.Equal([101, 2054, 3609, 2003, 1996, 26018, 3372, 1029, 102], ids);
    }

    private static string Pieces(long[] ids) => string.Join(' ', ids.Select(i => Vocabulary.TokenOf((int)i)));

    private sealed class Row
    {
        public string Question { get; set; } = "";

        public string Other { get; set; } = "";
    }

    private sealed class Wrong
    {
        public float Question { get; set; }
    }

    private sealed class Tokens
    {
        public long[] InputIds { get; set; } = [];
    }
}
