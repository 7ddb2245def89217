using MLNet.VisionLanguage.Optimization;
using TorchSharp;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace MLNet.VisionLanguage.Objectives;

/// <summary>How images and texts of a batch compare with those of the batch and of a queue.</summary>
/// <param name="OfImages">Each image with every text, [B, B + queue].</param>
/// <param name="OfTexts">Each text with every image, [B, B + queue].</param>
internal sealed record Similarities(Tensor OfImages, Tensor OfTexts);

/// <summary>
/// Contrastive pre-training without fusion (coarse_grained/fiber/modules/objectives.py, compute_itc): an image's own text is to be told from all
/// others, and a text's own image.
/// </summary>
internal static class ContrastObjective
{
    private const double LeastTemperature = 0.001, LargestTemperature = 1;

    /// <summary>Keeps each negative possible, however unlike.</summary>
    private const double LeastWeight = 1e-9;

    /// <summary>Brings the learned temperature back into its range, in place.</summary>
    public static void Clamp(Tensor temperature)
    {
        using var untracked = no_grad();
        Scalars.With(LeastTemperature, least => Scalars.With(LargestTemperature, largest => temperature.clamp_(least, largest)));
    }

    /// <summary>Compares vectors of length 1; what they are compared with has no gradient, but the temperature has one from all.</summary>
    /// <param name="images">[B, h].</param>
    /// <param name="texts">[B, h].</param>
    /// <param name="queue">Earlier vectors, all columns of it, also those that were never filled; null for none.</param>
    /// <param name="temperature">Divides similarities.</param>
    public static Similarities Compare(Tensor images, Tensor texts, ContrastQueue? queue, Tensor temperature)
    {
        return new(Of(images, texts, queue?.Texts), Of(texts, images, queue?.Images));

        Tensor Of(Tensor asking, Tensor asked, Tensor? earlier)
        {
            var columns = asked.detach().t();
            return asking.matmul(earlier is null ? columns : torch.cat([columns, earlier], 1)).div(temperature);
        }
    }

    /// <summary>The mean of the cross entropies in both directions, each row's own column being the right one.</summary>
    public static Tensor Loss(Similarities similarities)
    {
        using var rows = Scalars.Range(similarities.OfImages.shape[0], similarities.OfImages.device);
        return Scalars.With(0.5, Scalars.Add(F.cross_entropy(similarities.OfImages, rows), F.cross_entropy(similarities.OfTexts, rows)).mul);
    }

    /// <summary>How likely each column is to be a row's negative: by its similarity, its own column hardly ever.</summary>
    /// <param name="similarities">[B, B + queue].</param>
    /// <param name="filled">How many columns of the queue were filled; more than it has count as all.</param>
    /// <returns>[B, B + filled], not summing to 1.</returns>
    public static Tensor NegativeWeights(Tensor similarities, long filled)
    {
        using var untracked = no_grad();
        var rows = similarities.shape[0];
        var weights = similarities.detach().slice(1, 0, rows + filled, 1).softmax(1);
        var own = torch.eye(rows, weights.shape[1], dtype: ScalarType.Bool, device: weights.device);
        return Scalars.Add(Scalars.With(0, zero => weights.masked_fill(own, zero)), LeastWeight.ToScalar());
    }

    /// <summary>Draws a negative for each row, Int64 [B]: below B a row of the batch, above an entry of the queue.</summary>
    public static Tensor DrawNegatives(Tensor weights, Generator? random = null) =>
        torch.multinomial(weights, 1, generator: random).squeeze(1);
}

/// <summary>The images and texts of earlier batches, which go round: the oldest entries are overwritten.</summary>
/// <param name="Images">Vectors of images, [h, size].</param>
/// <param name="Texts">Vectors of texts, [h, size].</param>
/// <param name="Pixels">The images themselves, [size, …].</param>
/// <param name="Ids">The texts themselves, Int64 [size, L].</param>
/// <param name="Masks">Their masks, Int64 [size, L].</param>
internal sealed record ContrastQueue(Tensor Images, Tensor Texts, Tensor Pixels, Tensor Ids, Tensor Masks)
{
    /// <summary>Where the next entry goes.</summary>
    public long Pointer { get; set; }

    /// <summary>How many entries were ever put in.</summary>
    public long Total { get; set; }

    private long Size => Images.shape[1];

    /// <summary>Puts the rows of a batch in.</summary>
    public void Add(Tensor images, Tensor texts, Tensor pixels, Tensor ids, Tensor masks)
    {
        using var untracked = no_grad();
        var rows = images.shape[0];
        using var places = Scalars.With(Size, Scalars.Add(Scalars.Range(rows, images.device), Pointer.ToScalar()).remainder);
        Images.index_copy_(1, places, images.detach().t());
        Texts.index_copy_(1, places, texts.detach().t());
        Pixels.index_copy_(0, places, pixels);
        Ids.index_copy_(0, places, ids);
        Masks.index_copy_(0, places, masks);
        (Pointer, Total) = ((Pointer + rows) % Size, Total + rows);
    }

    /// <summary>Entries by what <see cref="ContrastObjective.DrawNegatives"/> drew.</summary>
    /// <param name="batch">The batch's own, [B, …].</param>
    /// <param name="queued">The queue's.</param>
    /// <param name="drawn">Int64 [B].</param>
    public static Tensor Choose(Tensor batch, Tensor queued, Tensor drawn) => torch.cat([batch, queued], 0).index_select(0, drawn);
}
