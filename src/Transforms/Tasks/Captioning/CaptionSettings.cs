using Microsoft.ML;
using MLNet.VisionLanguage.Heads;
using MLNet.VisionLanguage.Persistence;
using MLNet.VisionLanguage.Scoring;

namespace MLNet.VisionLanguage.Tasks.Captioning;

/// <summary>Image captioning: a text about an image.</summary>
internal sealed record CaptionSettings : TaskSettings<CaptionSettings, ImageCaptioningTransformer>
{
    /// <summary>What saved models and messages call the task.</summary>
    public const string Kind = "ImageCaptioning";

    /// <summary>The most beams of a search.</summary>
    private const int MostBeams = 100;

    /// <summary>The caption.</summary>
    public string CaptionColumnName { get; init; } = "Caption";

    /// <summary>The vocabulary.</summary>
    public CaptionVocabulary Words { get; init; } = new("", BytePairs: false);

    /// <summary>How many beginnings of a caption are kept at each word.</summary>
    public int Beams { get; init; } = 5;

    /// <summary>The longest caption, in tokens.</summary>
    public int MaxLength { get; init; } = 20;

    /// <summary>See <see cref="CaptionSearch.RanksAsReference"/>.</summary>
    public bool RanksAsReference { get; init; }

    internal override string TaskName => Kind;

    internal override IReadOnlyList<string> TextEndings => [];

    internal override IReadOnlyList<string> TrainedTextEndings => [""];

    internal override TaskHead CreateHead()
    {
        var words = Words.ToVocabulary();
        return new CaptionHead(new(Beams, MaxLength, words.ClassificationId, words.SeparatorId, words.PaddingId, words.MaskId)
        {
            RanksAsReference = RanksAsReference,
        });
    }

    internal override IReadOnlyList<OutputColumn> Outputs() =>
        [new CaptionColumn(CaptionColumnName, CaptionHead.Tokens, Words), PairColumn.Number(ScoreColumnName, TaskHead.Score)];

    private protected override ImageCaptioningTransformer Open(MLContext mlContext, OnnxModelFolder model) => new(mlContext, this, model);

    private protected override void ValidateTask()
    {
        var words = Words.ToVocabulary();
        if (words.Count > Model.VocabularySize)
            throw new ArgumentException($"The vocabulary has {words.Count} tokens; the model knows {Model.VocabularySize}.");
        if (words.PaddingId != Model.PaddingWord)
            throw new ArgumentException($"The vocabulary fills texts up with token {words.PaddingId}; {Model.Title} takes {Model.PaddingWord} for that.");
        if (Beams < 1 || Beams > Math.Min(MostBeams, Model.VocabularySize))
            throw new ArgumentOutOfRangeException(nameof(Beams), Beams, $"{nameof(Beams)} must be from 1 to {Math.Min(MostBeams, Model.VocabularySize)}.");
        if (MaxLength < 1 || MaxLength >= Model.MaxTokens)
            throw new ArgumentOutOfRangeException(nameof(MaxLength), MaxLength, $"{nameof(MaxLength)} must be from 1 to {Model.MaxTokens - 1}.");
    }
}
