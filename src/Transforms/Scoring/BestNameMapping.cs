using Microsoft.ML.Data;
using Microsoft.ML.Transforms;
using MLNet.VisionLanguage.Columns;
using MLNet.VisionLanguage.Persistence;

namespace MLNet.VisionLanguage.Scoring;

internal sealed class BestNameSource
{
    public const string ScoresColumn = Column.HelperPrefix + "best.scores";

    [ColumnName(StateChain.StateColumn)]
    public ReadOnlyMemory<char> State { get; set; }

    [ColumnName(ScoresColumn)]
    public VBuffer<float> Scores { get; set; }
}

internal sealed class BestName
{
    public const string NameColumn = Column.HelperPrefix + "best.name";

    [ColumnName(NameColumn)]
    public ReadOnlyMemory<char> Name { get; set; }
}

/// <summary>From scores to the name of the best; ML.NET finds it by its contract when it loads a model.</summary>
[CustomMappingFactoryAttribute(Contract)]
internal sealed class BestNameFactory : CustomMappingFactory<BestNameSource, BestName>
{
    public const string Contract = "MLNet.VisionLanguage.2.BestName";

    private const string Kind = "BestName";
    private const int Version = 1;

    private static readonly StateCache<Settings> States = new(state => StateText.Read<Settings>(state, Kind, Version));

    public static string ToState(IReadOnlyList<string> names) => StateText.Write(Kind, Version, new Settings(names));

    public static void Map(BestNameSource source, BestName destination)
    {
        var best = IndexOfBest(source.Scores.GetValues());
        destination.Name = best < 0 ? default : States.Get(source.State).Names[best].AsMemory();
    }

    /// <summary>The first of the highest scores; -1 when there is none that is a number.</summary>
    public static int IndexOfBest(ReadOnlySpan<float> scores)
    {
        var best = -1;
        for (var i = 0; i < scores.Length; i++)
        {
            if (best < 0 ? !float.IsNaN(scores[i]) : scores[i] > scores[best]) best = i;
        }

        return best;
    }

    public override Action<BestNameSource, BestName> GetMapping() => Map;

    private sealed record Settings(IReadOnlyList<string> Names);
}
