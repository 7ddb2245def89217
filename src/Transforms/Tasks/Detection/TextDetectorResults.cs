using Microsoft.ML.Data;
using Microsoft.ML.Transforms;
using MLNet.VisionLanguage.Columns;
using MLNet.VisionLanguage.Persistence;

namespace MLNet.VisionLanguage.Tasks.Detection;

internal sealed class TextDetectorNamesSource
{
    [ColumnName(StateChain.StateColumn)]
    public ReadOnlyMemory<char> State { get; set; }

    [ColumnName(TextDetectorGraph.Labels)]
    public VBuffer<long> Labels { get; set; }

    [ColumnName(DetectorPhrases.PhrasesColumn)]
    public VBuffer<ReadOnlyMemory<char>> Phrases { get; set; }
}

internal sealed class TextDetectorNames
{
    public const string NamesColumn = Column.HelperPrefix + "textdetectornames";

    [ColumnName(NamesColumn)]
    public VBuffer<ReadOnlyMemory<char>> Names { get; set; }
}

/// <summary>From the numbers of texts to texts; ML.NET finds it by its contract when it loads a model.</summary>
[CustomMappingFactoryAttribute(Contract)]
internal sealed class TextDetectorNamesFactory : CustomMappingFactory<TextDetectorNamesSource, TextDetectorNames>
{
    public const string Contract = "MLNet.VisionLanguage.2.TextDetectorNames";

    public static void Map(TextDetectorNamesSource source, TextDetectorNames destination)
    {
        var labels = ValueChecks.Dense(source.Labels);
        ReadOnlyMemory<char>[] phrases = [.. source.Phrases.DenseValues()];
        var names = destination.Names;
        var editor = VBufferEditor.Create(ref names, labels.Length);
        for (var i = 0; i < labels.Length; i++) editor.Values[i] = phrases[(int)labels[i]];
        destination.Names = editor.Commit();
    }

    public override Action<TextDetectorNamesSource, TextDetectorNames> GetMapping() => Map;
}

internal sealed class BestDetectionSource
{
    [ColumnName(TextDetectorGraph.Boxes)]
    public VBuffer<float> Boxes { get; set; }

    [ColumnName(TextDetectorGraph.Scores)]
    public VBuffer<float> Scores { get; set; }
}

internal sealed class BestDetection
{
    public const string BoxColumn = Column.HelperPrefix + "bestbox";
    public const string ScoreColumn = Column.HelperPrefix + "bestscore";

    /// <summary>Zeros where nothing was found.</summary>
    [ColumnName(BoxColumn)]
    [VectorType(4)]
    public VBuffer<float> Box { get; set; }

    [ColumnName(ScoreColumn)]
    public float Score { get; set; }
}

/// <summary>The best box of those that were found; ML.NET finds it by its contract when it loads a model.</summary>
[CustomMappingFactoryAttribute(Contract)]
internal sealed class BestDetectionFactory : CustomMappingFactory<BestDetectionSource, BestDetection>
{
    public const string Contract = "MLNet.VisionLanguage.2.BestDetection";

    public static void Map(BestDetectionSource source, BestDetection destination)
    {
        var scores = ValueChecks.Dense(source.Scores);
        var isFound = scores.Length > 0;
        destination.Box = new(4, isFound ? ValueChecks.Dense(source.Boxes)[..4].ToArray() : new float[4]);
        destination.Score = isFound ? scores[0] : 0;
    }

    public override Action<BestDetectionSource, BestDetection> GetMapping() => Map;
}
