using Microsoft.ML;
using MLNet.VisionLanguage.Heads;
using MLNet.VisionLanguage.Persistence;
using MLNet.VisionLanguage.Scoring;

namespace MLNet.VisionLanguage.Tasks.Embedding;

/// <summary>A dual encoder: text and image as vectors, and how alike these are.</summary>
internal sealed record DualEncoderSettings : TaskSettings<DualEncoderSettings, DualEncoderTransformer>
{
    /// <summary>What saved models and messages call the task.</summary>
    public const string Kind = "DualEncoder";

    /// <summary>The texts' vectors.</summary>
    public string TextEmbeddingColumnName { get; init; } = EmbeddingHead.OfText;

    /// <summary>The images' vectors.</summary>
    public string ImageEmbeddingColumnName { get; init; } = EmbeddingHead.OfImage;

    internal override string TaskName => Kind;

    internal override TaskHead CreateHead() => new EmbeddingHead(OfTexts: true, OfImages: true) { Size = Model.EmbeddingSize };

    internal override IReadOnlyList<OutputColumn> Outputs() =>
    [
        new EmbeddingColumn(ImageEmbeddingColumnName, EmbeddingHead.OfImage, Model.EmbeddingSize),
        new EmbeddingColumn(TextEmbeddingColumnName, EmbeddingHead.OfText, Model.EmbeddingSize),
        PairColumn.Number(ScoreColumnName, TaskHead.Score),
    ];

    /// <summary>One side of it.</summary>
    public EmbeddingSettings Of(EmbeddingSide side) => new()
    {
        Model = Model,
        Side = side,
        EmbeddingColumnName = side == EmbeddingSide.Text ? TextEmbeddingColumnName : ImageEmbeddingColumnName,
        Columns = Columns,
        RowIdColumnName = RowIdColumnName,
        BatchSize = BatchSize,
        WindowSize = WindowSize,
        Threads = Threads,
        Quantize = Quantize,
    };

    private protected override DualEncoderTransformer Open(MLContext mlContext, OnnxModelFolder model) => new(mlContext, this, model);

    private protected override void ValidateTask()
    {
        if (Model.EmbeddingSize == 0) throw new ArgumentException(Model.EncodesNothing);
    }
}
