using MLNet.VisionLanguage.Optimization;
using TorchSharp;
using static TorchSharp.torch;

namespace MLNet.VisionLanguage.Objectives;

/// <summary>
/// Which other regions a masked region is told from (vilbert/vilbert.py, visual_target 2): seven tenths from other images of the batch,
/// three tenths from its own. Numbers are drawn from one less than there are; who would get itself gets the last.
/// </summary>
/// <param name="Images">Other images, drawn from 0 to B - 2, Int64 [B, R, across].</param>
/// <param name="Regions">Regions of these, from 0 to R - 1, Int64 [B, R, across].</param>
/// <param name="OwnRegions">Other regions of the same image, from 0 to R - 2, Int64 [B, R, inside].</param>
internal sealed record ContrastiveNegatives(Tensor Images, Tensor Regions, Tensor OwnRegions)
{
    private const double Across = 0.7;
    private const double Inside = 0.3;

    /// <summary>Draws for a batch.</summary>
    /// <exception cref="ArgumentException">There is no other image, or no other region.</exception>
    public static ContrastiveNegatives Draw(long images, long regions, int negatives, Device device, Generator? random = null)
    {
        if (images < 2 || regions < 2)
        {
            throw new ArgumentException(
                $"A region is told from those of another image and from others of its own; the batch has {images} images of {regions}.");
        }

        return new(Upto(images - 1, Across), Upto(regions, Across), Upto(regions - 1, Inside));

        Tensor Upto(long end, double share) => torch.randint(
            0, end, [images, regions, (long)(share * negatives)], dtype: ScalarType.Int64, device: device, generator: random);
    }

    /// <summary>The places image × R + region, Int64 [B, R, across + inside].</summary>
    public Tensor Places()
    {
        long images = Images.shape[0], regions = Images.shape[1];
        var image = Scalars.Range(images, Images.device).reshape(-1, 1, 1);
        var region = Scalars.Range(regions, Images.device).reshape(1, -1, 1);
        var across = Scalars.Add(Scalars.With(regions, NotItself(Images, image, images).mul), Regions);
        var inside = Scalars.Add(Scalars.With(regions, image.mul), NotItself(OwnRegions, region, regions));
        return torch.cat([across, inside], 2);
    }

    private static Tensor NotItself(Tensor drawn, Tensor own, long count) =>
        torch.where(drawn.eq(own), torch.tensor(count - 1, dtype: ScalarType.Int64, device: drawn.device), drawn);
}
