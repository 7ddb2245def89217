using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms;
using MLNet.VisionLanguage.Columns;
using MLNet.VisionLanguage.Persistence;

namespace MLNet.VisionLanguage.Scoring;

/// <summary>
/// The box of the row's item with the largest score, Vector&lt;Single, 4&gt;, of graph outputs [B, items] and [B, items × 4]. Padding is no
/// item of a row, whatever its score. Without a score that is a number the box is NaN.
/// </summary>
/// <param name="name">The column's name.</param>
/// <param name="scoresOutput">The graph's output of scores.</param>
/// <param name="boxesOutput">The graph's output of boxes.</param>
/// <param name="group">Which of the inputs' groups has the items.</param>
internal sealed class BestItemColumn(string name, string scoresOutput, string boxesOutput, int group)
    : NumbersColumn(name, boxesOutput, BestItem.Width)
{
    private readonly string _scores = Column.HelperPrefix + scoresOutput;

    public override void AddTo(StateChain chain, MLContext mlContext) => chain
        .Copy(BestItemSource.ScoresColumn, _scores).Copy(BestItemSource.BoxesColumn, GraphOutput)
        .Map<BestItemSource, BestItem>(BestItemFactory.Map, BestItemFactory.Contract)
        .Copy(Name, BestItem.BoxColumn);

    protected override ReadOnlySpan<float> Read(BatchScores scores, int row) =>
        BestItemFactory.Find(scores.Singles(_scores, row)[..scores.Items(group, row)], scores.Singles(GraphOutput, row));
}

internal sealed class BestItemSource
{
    public const string ScoresColumn = Column.HelperPrefix + "bestitem.scores";
    public const string BoxesColumn = Column.HelperPrefix + "bestitem.boxes";

    [ColumnName(ScoresColumn)]
    public VBuffer<float> Scores { get; set; }

    [ColumnName(BoxesColumn)]
    public VBuffer<float> Boxes { get; set; }
}

internal sealed class BestItem
{
    public const string BoxColumn = Column.HelperPrefix + "bestitem.box";
    public const int Width = 4;

    [ColumnName(BoxColumn), VectorType(Width)]
    public VBuffer<float> Box { get; set; }
}

/// <summary>From scores to the box of the best; ML.NET finds it by its contract when it loads a model.</summary>
[CustomMappingFactoryAttribute(Contract)]
internal sealed class BestItemFactory : CustomMappingFactory<BestItemSource, BestItem>
{
    public const string Contract = "MLNet.VisionLanguage.2.BestItem";

    public static void Map(BestItemSource source, BestItem destination)
    {
        var box = Find(ValueChecks.Dense(source.Scores), ValueChecks.Dense(source.Boxes)).ToArray();
        destination.Box = new(box.Length, box);
    }

    /// <summary>The box of the first of the highest scores.</summary>
    public static ReadOnlySpan<float> Find(ReadOnlySpan<float> scores, ReadOnlySpan<float> boxes) =>
        BestNameFactory.IndexOfBest(scores) is >= 0 and var best
            ? boxes.Slice(best * BestItem.Width, BestItem.Width)
            : [float.NaN, float.NaN, float.NaN, float.NaN];

    public override Action<BestItemSource, BestItem> GetMapping() => Map;
}
