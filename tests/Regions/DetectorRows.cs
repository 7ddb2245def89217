using Microsoft.ML.Data;
using Microsoft.ML.Transforms.Image;

namespace MLNet.VisionLanguage.Tests.Regions;

/// <summary>An image, and boxes in it where they are given.</summary>
internal sealed class DetectorInput
{
    [ImageType(1, 2)]
    public MLImage? Image { get; set; }

    public float[] Boxes { get; set; } = [];
}

/// <summary>What every detector makes of an image.</summary>
internal class DetectorOutput
{
    public float[] RegionFeatures { get; set; } = [];

    public float[] RegionBoxes { get; set; } = [];

    public float[] ImageSize { get; set; } = [];
}
