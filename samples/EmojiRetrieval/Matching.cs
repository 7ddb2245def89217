using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.VisionLanguage;

namespace EmojiRetrieval;

/// <summary>ViLBERT, from nothing, that reads a concept's words and a picture's 16 cells together and says how well they match.</summary>
internal sealed class Matching : IDisposable
{
    private readonly MLContext _ml;
    private readonly ITransformer _model;

    public Matching(MLContext ml, IReadOnlyList<string> files, IReadOnlyList<(string Image, string Text)> pairs, int epochs)
    {
        _ml = ml;
        var options = ImageTextRetrievalOptions.FromScratch(epochs: epochs);
        options.NearestImages = 50;
        var rows = Rows(pairs);
        _model = ml.Transforms.LoadRegionFeatures(files, nameof(Pair.Image))
            .Append(ml.Transforms.TokenizeText(BertVocabulary.Build(pairs.Select(pair => pair.Text)), nameof(Pair.Text)))
            .Append(ml.VisionLanguage().Trainers.ImageTextRetrieval(options)).Fit(rows);
    }

    /// <summary>A score for each pair.</summary>
    public float[] Score(IReadOnlyList<(string Image, string Text)> pairs) => [.. _model.Transform(Rows(pairs)).GetColumn<float>("Score")];

    public void Dispose() => ((IDisposable)_model).Dispose();

    private IDataView Rows(IEnumerable<(string Image, string Text)> pairs) =>
        _ml.Data.LoadFromEnumerable(pairs.Select(pair => new Pair { Image = pair.Image, Text = pair.Text }).ToList());

    private sealed class Pair
    {
        public string Image { get; set; } = "";

        public string Text { get; set; } = "";
    }
}
