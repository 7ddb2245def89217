using TorchSharp;
using static TorchSharp.torch;

namespace MLNet.VisionLanguage.Training;

/// <summary>Rows padded to their longest text and their most regions; plain arrays, so that a worker thread can prepare them.</summary>
internal sealed class AnswerBatch
{
    public required int Rows { get; init; }

    public required int Tokens { get; init; }

    public required int Regions { get; init; }

    public required int FeatureSize { get; init; }

    public required int Answers { get; init; }

    /// <summary>[Rows, Tokens], padded with 0.</summary>
    public required long[] InputIds { get; init; }

    public required long[] AttentionMask { get; init; }

    public required long[] TokenTypeIds { get; init; }

    /// <summary>[Rows, Regions, FeatureSize], padded with 0.</summary>
    public required float[] RegionFeatures { get; init; }

    /// <summary>[Rows, Regions, 4], padded with -2.</summary>
    public required float[] RegionBoxes { get; init; }

    /// <summary>[Rows, 2].</summary>
    public required float[] ImageSize { get; init; }

    /// <summary>[Rows, Answers], soft scores.</summary>
    public required float[] Targets { get; init; }

    /// <summary>Collates rows of a data set.</summary>
    /// <param name="rows">The rows.</param>
    /// <param name="store">Their regions.</param>
    /// <param name="featureSize">Numbers in a region feature.</param>
    /// <param name="answerIndex">From a row's answer to its place in the model's answers, or -1.</param>
    /// <param name="answers">Number of the model's answers.</param>
    public static AnswerBatch Collate(
        IReadOnlyList<AnswerRow> rows, RegionStore store, int featureSize, ReadOnlySpan<int> answerIndex, int answers)
    {
        int count = rows.Count, tokens = rows.Max(row => row.InputIds.Length), regions = rows.Max(row => store.Regions(row.Block));
        var batch = new AnswerBatch
        {
            Rows = count,
            Tokens = tokens,
            Regions = regions,
            FeatureSize = featureSize,
            Answers = answers,
            InputIds = new long[count * tokens],
            AttentionMask = new long[count * tokens],
            TokenTypeIds = new long[count * tokens],
            RegionFeatures = new float[count * regions * featureSize],
            RegionBoxes = new float[count * regions * 4],
            ImageSize = new float[count * 2],
            Targets = new float[count * answers],
        };
        Array.Fill(batch.RegionBoxes, PaddingBox);
        for (var i = 0; i < count; i++)
        {
            var row = rows[i];
            row.InputIds.CopyTo(batch.InputIds, i * tokens);
            row.AttentionMask.CopyTo(batch.AttentionMask, i * tokens);
            row.TokenTypeIds.CopyTo(batch.TokenTypeIds, i * tokens);
            store.Read(
                row.Block,
                batch.RegionFeatures.AsSpan(i * regions * featureSize, regions * featureSize),
                batch.RegionBoxes.AsSpan(i * regions * 4, regions * 4),
                batch.ImageSize.AsSpan(i * 2, 2));
            for (var k = 0; k < row.Answers.Length; k++)
            {
                var answer = answerIndex[row.Answers[k]];
                if (answer >= 0) batch.Targets[(i * answers) + answer] = row.Scores[k];
            }
        }

        return batch;
    }

    public Tensor Ids(long[] values, Device device) => torch.tensor(values, [Rows, Tokens], dtype: ScalarType.Int64, device: device);

    public Tensor Floats(float[] values, Device device, params long[] shape) =>
        torch.tensor(values, shape, dtype: ScalarType.Float32, device: device);

    private const float PaddingBox = -2;
}
