using MLNet.VisionLanguage.Optimization;
using TorchSharp;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace MLNet.VisionLanguage.Objectives;

/// <summary>How images and texts of a batch compare with those of the batch and of a queue.</summary>
/// <param name="OfImages">Each image with every text, [B, B + queue].</param>
/// <param name="OfTexts">Each text with every image, [B, B + queue].</param>
internal sealed record Similarities(Tensor OfImages, Tensor OfTexts)
{
    /// <summary>Far below what vectors of length 1 can have at the least temperature.</summary>
    private const double Never = -1e4;

    /// <summary>
    /// The same, where a column other than a row's own never is what it is told from if it has the row's image or text: an image of several
    /// captions is right with each of them.
    /// </summary>
    /// <param name="images">Numbers of the images of all columns, the batch's first, Int64 [B + queue].</param>
    /// <param name="texts">Numbers of their texts.</param>
    public Similarities WithoutTwins(Tensor images, Tensor texts)
    {
        var rows = OfImages.shape[0];
        var twins = Same(images).logical_or(Same(texts));
        twins = twins.logical_and(torch.eye(rows, images.shape[0], dtype: ScalarType.Bool, device: images.device).logical_not());
        return new(Scalars.With(Never, never => OfImages.masked_fill(twins, never)), Scalars.With(Never, never => OfTexts.masked_fill(twins, never)));

        Tensor Same(Tensor numbers) => numbers.slice(0, 0, rows, 1).unsqueeze(1).eq(numbers.unsqueeze(0));
    }

    /// <summary>How many rows are most alike to their own column, the mean of both directions, a scalar.</summary>
    public Tensor Right()
    {
        using var untracked = no_grad();
        using var rows = Scalars.Range(OfImages.shape[0], OfImages.device);
        var right = Scalars.Add(Own(OfImages), Own(OfTexts)).to_type(ScalarType.Float32);
        return Scalars.With(0.5, right.mul);

        Tensor Own(Tensor similarities) => similarities.detach().argmax(1).eq(rows).sum();
    }
}

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
    /// <param name="filledOnly">Whether columns of the queue that were never filled are left out, which the reference does not.</param>
    public static Similarities Compare(Tensor images, Tensor texts, ContrastQueue? queue, Tensor temperature, bool filledOnly = false)
    {
        return new(Of(images, texts, queue?.Texts), Of(texts, images, queue?.Images));

        Tensor Of(Tensor asking, Tensor asked, Tensor? earlier)
        {
            var columns = asked.detach().t();
            if (filledOnly) earlier = earlier?.slice(1, 0, queue!.Filled, 1);
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
