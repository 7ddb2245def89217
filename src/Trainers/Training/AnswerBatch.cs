using System.Buffers;
using System.Runtime.InteropServices;
using TorchSharp;
using static TorchSharp.torch;

namespace MLNet.VisionLanguage.Training;

/// <summary>
/// Rows padded to their longest text and their most regions; plain memory, so that a worker thread can prepare them. The memory comes from
/// a pool and goes back on disposal: fresh arrays of this size for every batch would let the process grow until the next full collection.
/// </summary>
internal sealed class AnswerBatch : IDisposable
{
    private readonly List<Action> _giveBack = [];

    private AnswerBatch(int rows, int tokens, int regions, int featureSize, int answers)
    {
        (Rows, Tokens, Regions, FeatureSize, Answers) = (rows, tokens, regions, featureSize, answers);
        InputIds = Rent<long>(rows * tokens);
        AttentionMask = Rent<long>(rows * tokens);
        TokenTypeIds = Rent<long>(rows * tokens);
        RegionFeatures = Rent<float>(checked(rows * regions * featureSize));
        RegionBoxes = Rent<float>(rows * regions * 4);
        ImageSize = Rent<float>(rows * 2);
        Targets = Rent<float>(checked(rows * answers));
    }

    public int Rows { get; }

    public int Tokens { get; }

    public int Regions { get; }

    public int FeatureSize { get; }

    public int Answers { get; }

    /// <summary>[Rows, Tokens], padded with 0.</summary>
    public Memory<long> InputIds { get; }

    public Memory<long> AttentionMask { get; }

    public Memory<long> TokenTypeIds { get; }

    /// <summary>[Rows, Regions, FeatureSize], padded with 0.</summary>
    public Memory<float> RegionFeatures { get; }

    /// <summary>[Rows, Regions, 4], padded with -2.</summary>
    public Memory<float> RegionBoxes { get; }

    /// <summary>[Rows, 2].</summary>
    public Memory<float> ImageSize { get; }

    /// <summary>[Rows, Answers], soft scores.</summary>
    public Memory<float> Targets { get; }

    /// <summary>Collates rows of a data set.</summary>
    /// <param name="rows">The rows.</param>
    /// <param name="store">Their regions.</param>
    /// <param name="featureSize">Numbers in a region feature.</param>
    /// <param name="answerIndex">From a row's answer to its place in the model's answers, or -1.</param>
    /// <param name="answers">Number of the model's answers.</param>
    public static AnswerBatch Collate(
        IReadOnlyList<AnswerRow> rows, RegionStore store, int featureSize, ReadOnlySpan<int> answerIndex, int answers)
    {
        int tokens = rows.Max(row => row.InputIds.Length), regions = rows.Max(row => store.Regions(row.Block));
        var batch = new AnswerBatch(rows.Count, tokens, regions, featureSize, answers);
        batch.RegionBoxes.Span.Fill(PaddingBox);
        for (var i = 0; i < rows.Count; i++)
        {
            var row = rows[i];
            row.InputIds.CopyTo(batch.InputIds.Span[(i * tokens)..]);
            row.AttentionMask.CopyTo(batch.AttentionMask.Span[(i * tokens)..]);
            row.TokenTypeIds.CopyTo(batch.TokenTypeIds.Span[(i * tokens)..]);
            store.Read(
                row.Block,
                batch.RegionFeatures.Span.Slice(i * regions * featureSize, regions * featureSize),
                batch.RegionBoxes.Span.Slice(i * regions * 4, regions * 4),
                batch.ImageSize.Span.Slice(i * 2, 2));
            for (var k = 0; k < row.Answers.Length; k++)
            {
                var answer = answerIndex[row.Answers[k]];
                if (answer >= 0) batch.Targets.Span[(i * answers) + answer] = row.Scores[k];
            }
        }

        return batch;
    }

    /// <summary>Token ids or masks as a tensor [Rows, Tokens].</summary>
    public Tensor Ids(Memory<long> values, Device device) => ToTensor<long>(values.Span, ScalarType.Int64, device, [Rows, Tokens]);

    public Tensor Floats(Memory<float> values, Device device, params long[] shape) =>
        ToTensor<float>(values.Span, ScalarType.Float32, device, shape);

    public void Dispose()
    {
        foreach (var giveBack in _giveBack) giveBack();
        _giveBack.Clear();
    }

    /// <summary>
    /// Copies straight into the tensor's memory: the factories of TorchSharp that take an array make a copy of it for the collector to free.
    /// </summary>
    private static Tensor ToTensor<T>(ReadOnlySpan<T> values, ScalarType type, Device device, long[] shape)
        where T : unmanaged
    {
        var tensor = torch.empty(shape, dtype: type);
        MemoryMarshal.AsBytes(values).CopyTo(tensor.bytes);
        return device.type == DeviceType.CPU ? tensor : tensor.to(device);
    }

    private Memory<T> Rent<T>(int length)
    {
        var array = ArrayPool<T>.Shared.Rent(length);
        _giveBack.Add(() => ArrayPool<T>.Shared.Return(array));
        array.AsSpan(0, length).Clear();
        return array.AsMemory(0, length);
    }

    private const float PaddingBox = -2;
}
