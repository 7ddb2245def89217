using MLNet.VisionLanguage.Engine;
using MLNet.VisionLanguage.Layers;
using MLNet.VisionLanguage.Objectives;
using TorchSharp;
using static TorchSharp.torch;

namespace MLNet.VisionLanguage.Data;

/// <summary>An image as a detector looks at it this time.</summary>
/// <param name="Pixels">Rows from the top, red green blue each, of the size of the file.</param>
/// <param name="Row">Its row.</param>
/// <param name="IsFlipped">Whether left and right change places.</param>
/// <param name="Size">The size that it is resized to.</param>
internal sealed record DrawnImage(byte[] Pixels, DetectionRow Row, bool IsFlipped, (int Height, int Width) Size)
{
    /// <summary>What is said of it; null for a detector that does not read.</summary>
    public DrawnText? Said { get; init; }

    /// <summary>Pixels of the image for one of what is looked at.</summary>
    public (float Down, float Across) Scale => (Row.Height / (float)Size.Height, Row.Width / (float)Size.Width);

    /// <summary>The image in the size and on the side that it is looked at, [1, 3, height, width], blue first, normalised.</summary>
    /// <param name="engine">The engine.</param>
    /// <param name="mean">What is taken from blue, green and red, 0 to 255.</param>
    /// <param name="deviation">What they are divided by then.</param>
    public Tensor Look(TorchEngine engine, IReadOnlyList<float> mean, IReadOnlyList<float> deviation)
    {
        var bytes = torch.tensor(Pixels, [Row.Height, Row.Width, 3], dtype: ScalarType.Byte, device: engine.Device);
        var pixels = bytes.to_type(ScalarType.Float32).flip(IsFlipped ? [1, 2] : [2]);
        return Resampling.Normalized(engine, pixels, engine.Constant([Size.Height, (long)Size.Width], 2), mean, deviation);
    }

    /// <summary>What is there, in the pixels that the detector looks at.</summary>
    public TrueObjects Objects
    {
        get
        {
            var (down, across) = Scale;
            var boxes = new float[Row.Objects.Boxes.Length];
            for (var i = 0; i < boxes.Length; i += 4)
            {
                var box = Row.Objects.Boxes.AsSpan(i, 4);
                boxes[i] = (IsFlipped ? Row.Width - box[2] : box[0]) / across;
                boxes[i + 1] = box[1] / down;
                boxes[i + 2] = (IsFlipped ? Row.Width - box[0] : box[2]) / across;
                boxes[i + 3] = box[3] / down;
            }

            return Row.Objects with { Boxes = boxes };
        }
    }
}

/// <summary>Images that a detector learns from together.</summary>
/// <param name="Images">The images.</param>
/// <param name="Seed">Of what is drawn while they are learnt from.</param>
internal sealed record DetectionBatch(IReadOnlyList<DrawnImage> Images, int Seed) : IDisposable
{
    /// <summary>
    /// The batch as two, which may be computed at the same time: what is learnt is the mean of the images of each half, whether there are one or
    /// two threads for them.
    /// </summary>
    public IReadOnlyList<(DetectionBatch Batch, double Share)> Halves()
    {
        var first = (Images.Count + 1) / 2;
        if (first == Images.Count) return [(this, 1)];
        return
        [
            (new([.. Images.Take(first)], Seeds.Mix(Seed, 0)), first / (double)Images.Count),
            (new([.. Images.Skip(first)], Seeds.Mix(Seed, 1)), (Images.Count - first) / (double)Images.Count),
        ];
    }

    /// <summary>It holds nothing that would have to be freed; what is prepared ahead can be.</summary>
    public void Dispose()
    {
    }
}
