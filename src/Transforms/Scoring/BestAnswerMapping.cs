using Microsoft.ML.Data;
using Microsoft.ML.Transforms;
using MLNet.VisionLanguage.Composition;
using MLNet.VisionLanguage.Heads;

namespace MLNet.VisionLanguage.Scoring;

internal sealed class BestAnswerSource
{
    public const string ScoreColumn = AnswerInputsDestination.Prefix + AnswerGraph.Score;

    [ColumnName(AnswerInputsSource.StateColumn)]
    public ReadOnlyMemory<char> State { get; set; }

    [ColumnName(ScoreColumn)]
    public VBuffer<float> Score { get; set; }
}

internal sealed class BestAnswerDestination
{
    public const string AnswerColumn = "__vl.answer.best";

    [ColumnName(AnswerColumn)]
    public ReadOnlyMemory<char> Answer { get; set; }
}

/// <summary>From scores to the text of the best answer; ML.NET finds it by its contract when it loads a model.</summary>
[CustomMappingFactoryAttribute(Contract)]
internal sealed class BestAnswerFactory : CustomMappingFactory<BestAnswerSource, BestAnswerDestination>
{
    public const string Contract = "MLNet.VisionLanguage.BestAnswer";

    private static readonly StateCache<IReadOnlyList<string>> Answers = new(state => AnswerModelSettings.FromState(state).Answers);

    public static void Map(BestAnswerSource source, BestAnswerDestination destination)
    {
        var best = IndexOfBest(source.Score.GetValues());
        destination.Answer = best < 0 ? default : Answers.Get(source.State)[best].AsMemory();
    }

    /// <summary>The first of the highest scores; -1 when there is none that is a number.</summary>
    public static int IndexOfBest(ReadOnlySpan<float> scores)
    {
        var best = -1;
        for (var i = 0; i < scores.Length; i++)
        {
            if (best < 0 ? !float.IsNaN(scores[i]) : scores[i] > scores[best])
                best = i;
        }

        return best;
    }

    public override Action<BestAnswerSource, BestAnswerDestination> GetMapping() => Map;
}
