using Microsoft.ML.Data;
using Microsoft.ML.Transforms;
using MLNet.VisionLanguage.Composition;
using MLNet.VisionLanguage.Heads;

namespace MLNet.VisionLanguage.Scoring;

internal sealed class AnswerInputsSource
{
    public const string StateColumn = "__vl.answer.state";
    public const string InputIdsColumn = "__vl.answer.from.ids";
    public const string AttentionMaskColumn = "__vl.answer.from.mask";
    public const string TokenTypeIdsColumn = "__vl.answer.from.types";
    public const string RegionFeaturesColumn = "__vl.answer.from.features";
    public const string RegionBoxesColumn = "__vl.answer.from.boxes";
    public const string ImageSizeColumn = "__vl.answer.from.size";

    [ColumnName(StateColumn)]
    public ReadOnlyMemory<char> State { get; set; }

    [ColumnName(InputIdsColumn)]
    public VBuffer<long> InputIds { get; set; }

    [ColumnName(AttentionMaskColumn)]
    public VBuffer<long> AttentionMask { get; set; }

    [ColumnName(TokenTypeIdsColumn)]
    public VBuffer<long> TokenTypeIds { get; set; }

    [ColumnName(RegionFeaturesColumn)]
    public VBuffer<float> RegionFeatures { get; set; }

    [ColumnName(RegionBoxesColumn)]
    public VBuffer<float> RegionBoxes { get; set; }

    [ColumnName(ImageSizeColumn)]
    public VBuffer<float> ImageSize { get; set; }
}

/// <summary>
/// The graph's inputs. Their sizes must be unknown where the graph's are and known where those are, whatever the user's columns have.
/// </summary>
internal sealed class AnswerInputsDestination
{
    public const string Prefix = "__vl.answer.";

    [ColumnName(Prefix + AnswerGraph.InputIds)]
    public VBuffer<long> InputIds { get; set; }

    [ColumnName(Prefix + AnswerGraph.AttentionMask)]
    public VBuffer<long> AttentionMask { get; set; }

    [ColumnName(Prefix + AnswerGraph.TokenTypeIds)]
    public VBuffer<long> TokenTypeIds { get; set; }

    [ColumnName(Prefix + AnswerGraph.RegionFeatures)]
    public VBuffer<float> RegionFeatures { get; set; }

    [ColumnName(Prefix + AnswerGraph.RegionBoxes)]
    public VBuffer<float> RegionBoxes { get; set; }

    [ColumnName(Prefix + AnswerGraph.ImageSize)]
    [VectorType(2)]
    public VBuffer<float> ImageSize { get; set; }
}

/// <summary>Checks a row before the graph runs on it; ML.NET finds it by its contract when it loads a model.</summary>
[CustomMappingFactoryAttribute(Contract)]
internal sealed class AnswerInputsFactory : CustomMappingFactory<AnswerInputsSource, AnswerInputsDestination>
{
    public const string Contract = "MLNet.VisionLanguage.AnswerInputs";

    private static readonly StateCache<AnswerRowCheck> Checks = new(state => new AnswerRowCheck(AnswerModelSettings.FromState(state)));

    public static void Map(AnswerInputsSource source, AnswerInputsDestination destination)
    {
        var problem = Checks.Get(source.State).Find(
            source.InputIds, source.AttentionMask, source.TokenTypeIds, source.RegionFeatures, source.RegionBoxes, source.ImageSize);
        if (problem is not null)
            throw new InvalidOperationException($"{AnswerScorer.Component}: {problem}");
        destination.InputIds = source.InputIds;
        destination.AttentionMask = source.AttentionMask;
        destination.TokenTypeIds = source.TokenTypeIds;
        destination.RegionFeatures = source.RegionFeatures;
        destination.RegionBoxes = source.RegionBoxes;
        destination.ImageSize = source.ImageSize;
    }

    public override Action<AnswerInputsSource, AnswerInputsDestination> GetMapping() => Map;
}
