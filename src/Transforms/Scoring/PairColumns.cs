using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms;
using MLNet.VisionLanguage.Columns;
using MLNet.VisionLanguage.Persistence;

namespace MLNet.VisionLanguage.Scoring;

/// <summary>A number that the graph gives as [B, 1], and whether it is above one half, as columns of single values.</summary>
/// <typeparam name="T">Single, or Boolean.</typeparam>
internal sealed class PairColumn<T>(string name, string graphOutput, PrimitiveDataViewType type, Func<float, T> read)
    : OutputColumn(name, graphOutput, type)
{
    public override Delegate CreateGetter(Func<(BatchScores Scores, int Row)> current) => (ValueGetter<T>)((ref T value) =>
    {
        var (scores, row) = current();
        value = read(scores.Singles(GraphOutput, row)[0]);
    });

    public override IEstimator<ITransformer> Create(TransformsCatalog catalog) => NewColumn.Create<T>(catalog, Name, Type);

    public override void AddTo(StateChain chain, MLContext mlContext) => chain
        .Copy(PairSource.ScoreColumn, GraphOutput)
        .Map<PairSource, Pair>(PairFactory.Map, PairFactory.Contract)
        .Copy(Name, typeof(T) == typeof(bool) ? Pair.LabelColumn : Pair.ProbabilityColumn);
}

internal static class PairColumn
{
    /// <summary>The number, Single.</summary>
    public static OutputColumn Number(string name, string graphOutput) =>
        new PairColumn<float>(name, graphOutput, NumberDataViewType.Single, probability => probability);

    /// <summary>Whether it is above one half, Boolean.</summary>
    public static OutputColumn Label(string name, string graphOutput) =>
        new PairColumn<bool>(name, graphOutput, BooleanDataViewType.Instance, IsPair);

    public static bool IsPair(float probability) => probability > 0.5f;
}

internal sealed class PairSource
{
    public const string ScoreColumn = Column.HelperPrefix + "pair.score";

    [ColumnName(ScoreColumn)]
    public VBuffer<float> Score { get; set; }
}

internal sealed class Pair
{
    public const string ProbabilityColumn = Column.HelperPrefix + "pair.probability";
    public const string LabelColumn = Column.HelperPrefix + "pair.label";

    [ColumnName(ProbabilityColumn)]
    public float Probability { get; set; }

    [ColumnName(LabelColumn)]
    public bool Label { get; set; }
}

/// <summary>From a vector of one number to single values; ML.NET finds it by its contract when it loads a model.</summary>
[CustomMappingFactoryAttribute(Contract)]
internal sealed class PairFactory : CustomMappingFactory<PairSource, Pair>
{
    public const string Contract = "MLNet.VisionLanguage.2.Pair";

    public static void Map(PairSource source, Pair destination)
    {
        destination.Probability = source.Score.GetItemOrDefault(0);
        destination.Label = PairColumn.IsPair(destination.Probability);
    }

    public override Action<PairSource, Pair> GetMapping() => Map;
}
