using MLNet.VisionLanguage.Optimization;
using TorchSharp;
using static TorchSharp.torch;

namespace MLNet.VisionLanguage.Objectives;

/// <summary>The images and texts of earlier batches, which go round: the oldest entries are overwritten.</summary>
/// <param name="Images">Vectors of images, [h, size].</param>
/// <param name="Texts">Vectors of texts, [h, size].</param>
/// <param name="Kept">What else there is of an entry, [size, …] each: images and texts themselves, or where they are found.</param>
internal sealed record ContrastQueue(Tensor Images, Tensor Texts, params IReadOnlyList<Tensor> Kept)
{
    /// <summary>Where the next entry goes, and how many entries were ever put in, Int64 [2] on the CPU.</summary>
    public Tensor Counts { get; } = torch.zeros([2L], ScalarType.Int64);

    /// <inheritdoc cref="Counts"/>
    public long Pointer
    {
        get => Counts.data<long>()[0];
        set => Counts.data<long>()[0] = value;
    }

    /// <inheritdoc cref="Counts"/>
    public long Total
    {
        get => Counts.data<long>()[1];
        set => Counts.data<long>()[1] = value;
    }

    /// <summary>How many entries there are.</summary>
    public long Filled => Math.Min(Total, Size);

    private long Size => Images.shape[1];

    /// <summary>Puts the rows of a batch in; of more than there is room for the last.</summary>
    /// <param name="images">Their images' vectors, [B, h].</param>
    /// <param name="texts">Their texts' vectors, [B, h].</param>
    /// <param name="kept">What else is kept, [B, …] each.</param>
    public void Add(Tensor images, Tensor texts, params IReadOnlyList<Tensor> kept)
    {
        using var untracked = no_grad();
        var rows = images.shape[0];
        var first = Math.Max(0, rows - Size);
        Tensor Last(Tensor values) => values.detach().slice(0, first, rows, 1);
        var places = Scalars.With(Size, Scalars.Add(Scalars.Range(rows - first, images.device), (Pointer + first).ToScalar()).remainder);
        Images.index_copy_(1, places, Last(images).t());
        Texts.index_copy_(1, places, Last(texts).t());
        foreach (var (own, values) in Kept.Zip(kept)) own.index_copy_(0, places, Last(values));
        (Pointer, Total) = ((Pointer + rows) % Size, Total + rows);
    }

    /// <summary>Entries by what <see cref="ContrastObjective.DrawNegatives"/> drew.</summary>
    /// <param name="batch">The batch's own, [B, …].</param>
    /// <param name="queued">The queue's.</param>
    /// <param name="drawn">Int64 [B].</param>
    public static Tensor Choose(Tensor batch, Tensor queued, Tensor drawn) => torch.cat([batch, queued], 0).index_select(0, drawn);
}
