using Microsoft.ML;
using MLNet.VisionLanguage.Heads;
using MLNet.VisionLanguage.Persistence;
using MLNet.VisionLanguage.Scoring;

namespace MLNet.VisionLanguage.Tasks.Embedding;

/// <summary>One side of a dual encoder: texts, or images, as vectors.</summary>
internal sealed record EmbeddingSettings : TaskSettings<EmbeddingSettings, EmbeddingTransformer>
{
    /// <summary>What saved models and messages call the task.</summary>
    public const string Kind = "Embedding";

    /// <summary>What is read.</summary>
    public EmbeddingSide Side { get; init; }

    /// <summary>The vectors; null for the usual name.</summary>
    public string? EmbeddingColumnName { get; init; }

    internal override string TaskName => Kind;

    internal override IReadOnlyList<string> TextEndings => Side == EmbeddingSide.Text ? [""] : [];

    internal override IReadOnlyList<string> ImageEndings => Side == EmbeddingSide.Image ? [""] : [];

    internal string Output => Side == EmbeddingSide.Text ? EmbeddingHead.OfText : EmbeddingHead.OfImage;

    internal override TaskHead CreateHead() =>
        new EmbeddingHead(Side == EmbeddingSide.Text, Side == EmbeddingSide.Image) { Size = Model.EmbeddingSize };

    internal override IReadOnlyList<OutputColumn> Outputs() => [new EmbeddingColumn(EmbeddingColumnName ?? Output, Output, Model.EmbeddingSize)];

    private protected override EmbeddingTransformer Open(MLContext mlContext, OnnxModelFolder model) => new(mlContext, this, model);

    private protected override void ValidateTask()
    {
        if (!Enum.IsDefined(Side)) throw new ArgumentOutOfRangeException(nameof(Side), Side, "Side must be Text or Image.");
        if (Model.EmbeddingSize == 0) throw new ArgumentException(Model.EncodesNothing);
    }
}
