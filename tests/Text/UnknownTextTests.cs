using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using Xunit;

namespace MLNet.VisionLanguage.Tests.Text;

/// <summary>Texts of unknown words alone are all the same to a model; their number is said once.</summary>
public sealed class UnknownTextTests
{
    private readonly MLContext _ml = new(seed: 1);
    private readonly List<string> _warnings = [];

    public UnknownTextTests() => _ml.Log += (_, e) =>
    {
        if (e.Kind == ChannelMessageKind.Warning) lock (_warnings) _warnings.Add(e.RawMessage);
    };

    [Fact]
    public void Questions_of_another_script_are_counted_in_one_warning()
    {
        Read("is it red?", "красный ли он", "是红色的吗", "red красный");

        var warning = Assert.Single(_warnings);
        Assert.StartsWith("2 texts have no word that the vocabulary knows, only [UNK].", warning);
        Assert.Contains("'Question': \"красный ли он\"", warning);
    }

    [Fact]
    public void Known_words_and_empty_texts_are_not_counted()
    {
        Read("is it red?", "red красный", "");

        Assert.Empty(_warnings);
    }

    private void Read(params string[] texts)
    {
        var view = _ml.Data.LoadFromEnumerable(texts.Select(text => new Row { Question = text }));
        var tokenizer = _ml.Transforms.TokenizeText(BertVocabulary.Build(["is it red?"]), "Question", allowEmpty: true).Fit(view);
        Assert.Equal(texts.Length, tokenizer.Transform(view).GetColumn<long[]>("InputIds").Count());
    }

    private sealed class Row
    {
        public string Question { get; set; } = "";
    }
}
