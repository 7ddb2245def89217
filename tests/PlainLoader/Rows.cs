using Microsoft.ML.Data;

namespace PlainLoader;

internal sealed class Question
{
    [ColumnName("Question")]
    public string Text { get; set; } = "";

    public float[] RegionFeatures { get; set; } = [];

    public float[] RegionBoxes { get; set; } = [];

    [VectorType(2)]
    public float[] ImageSize { get; set; } = [];

    public float[] RegionFeaturesLeft { get; set; } = [];

    public float[] RegionBoxesLeft { get; set; } = [];

    [VectorType(2)]
    public float[] ImageSizeLeft { get; set; } = [];

    public float[] RegionFeaturesRight { get; set; } = [];

    public float[] RegionBoxesRight { get; set; } = [];

    [VectorType(2)]
    public float[] ImageSizeRight { get; set; } = [];

    public string Choice0 { get; set; } = "";

    public string Choice1 { get; set; } = "";

    public string Choice2 { get; set; } = "";
}

internal sealed class Prediction
{
    public float[] Score { get; set; } = [];

    public uint PredictedLabel { get; set; }
}

internal sealed class Results
{
    public string Type { get; set; } = "";

    public string[] InputColumns { get; set; } = [];

    public string[] OutputColumns { get; set; } = [];

    public string[] Answers { get; set; } = [];

    public List<string> SlotNames { get; set; } = [];

    public string ScoreType { get; set; } = "";

    public List<Prediction> Enumerated { get; set; } = [];

    public List<Prediction> Predicted { get; set; } = [];
}

internal sealed class PairScore
{
    public float Score { get; set; }
}

internal sealed class RegionScores
{
    public float[] Score { get; set; } = [];

    [VectorType(4)]
    public float[] PredictedBox { get; set; } = [];
}

/// <summary>A row's scores, and after those of regions the best one's box.</summary>
internal sealed class Numbers
{
    public List<float[]> Enumerated { get; set; } = [];

    public List<float[]> Predicted { get; set; } = [];
}
