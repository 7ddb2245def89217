using Xunit;

namespace MLNet.VisionLanguage.Tests.Regions;

/// <summary>Regions of images that are not there, the same for the same number.</summary>
internal static class MadeRegions
{
    public const int Size = 5;

    public static ImageRegions Image(int number, string? id = null, bool detected = false)
    {
        var random = new Random(number);
        var count = random.Next(1, 7);
        var (width, height) = (random.Next(50, 700), random.Next(50, 700));
        var boxes = new float[count * 4];
        for (var i = 0; i < count; i++)
        {
            float x = random.Next(width - 1), y = random.Next(height - 1);
            float[] box = [x, y, x + 1 + (random.NextSingle() * (width - x - 1)), y + 1 + (random.NextSingle() * (height - y - 1))];
            box.CopyTo(boxes, i * 4);
        }

        // Halves hold these exactly.
        float[] Values(int of) => [.. Enumerable.Range(0, of).Select(_ => random.Next(-512, 512) / 64f)];
        return new(id ?? $"COCO_val2014_{number:D12}", width, height, boxes, Values(count * Size))
        {
            ObjectIds = detected ? [.. Enumerable.Range(0, count).Select(i => (long)i)] : null,
            ObjectConfidences = detected ? Values(count) : null,
            AttributeIds = detected ? [.. Enumerable.Range(0, count).Select(i => 400L - i)] : null,
            AttributeConfidences = detected ? Values(count) : null,
        };
    }

    public static void AssertSame(ImageRegions expected, ImageRegions found, bool detected = false)
    {
        Assert.Equal((expected.ImageId, expected.Width, expected.Height), (found.ImageId, found.Width, found.Height));
        Assert.Equal(expected.Boxes, found.Boxes);
        Assert.Equal(expected.Features, found.Features);
        if (!detected) return;
        Assert.Equal(expected.ObjectIds, found.ObjectIds);
        Assert.Equal(expected.ObjectConfidences, found.ObjectConfidences);
        Assert.Equal(expected.AttributeIds, found.AttributeIds);
        Assert.Equal(expected.AttributeConfidences, found.AttributeConfidences);
    }
}
