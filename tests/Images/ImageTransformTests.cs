using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms.Image;
using MLNet.VisionLanguage.Tests.Support;
using Xunit;

namespace MLNet.VisionLanguage.Tests.Images;

/// <summary>LoadImages, ResizeImages and ExtractPixels, on the stand-in or the real library.</summary>
public sealed class ImageTransformTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly MLContext _ml = new(seed: 1);

    public ImageTransformTests()
    {
        using var image = ImageDecodingTests.Gradient(4, 3);
        image.Save(_folder.File("a.png"));
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void ThePipelineGivesPlanesOfRedGreenAndBlue()
    {
        var data = Paths("a.png");
        var pipeline = Load().Append(_ml.Transforms.ResizeImages("Image", 4, 3)).Append(_ml.Transforms.ExtractPixels("Pixels", "Image"));
        var output = pipeline.Fit(data).Transform(data);
        Assert.Equal([3, 3, 4], ((VectorDataViewType)output.Schema["Pixels"].Type).Dimensions.ToArray());
        Assert.Equal("Image<3, 4>", output.Schema["Image"].Type.ToString());

        using var image = ImageDecodingTests.Gradient(4, 3);
        var rgba = ImageDecodingTests.ToRgba(image);
        var expected = Enumerable.Range(0, 36).Select(i => (float)rgba[i % 12 * 4 + i / 12]).ToArray();
        Assert.Equal([expected], output.GetColumn<float[]>("Pixels"));
    }

    [Fact]
    public void OrderInterleavingOffsetAndScaleAreApplied()
    {
        var data = Paths("a.png");
        var pipeline = Load().Append(_ml.Transforms.ResizeImages("Image", 4, 3)).Append(_ml.Transforms.ExtractPixels(
            "Pixels", "Image", ImagePixelExtractingEstimator.ColorBits.Rgb, ImagePixelExtractingEstimator.ColorsOrder.ABGR,
            interleavePixelColors: true, offsetImage: 10, scaleImage: 0.5f));
        var output = pipeline.Fit(data).Transform(data);
        Assert.Equal([3, 4, 3], ((VectorDataViewType)output.Schema["Pixels"].Type).Dimensions.ToArray());

        using var image = ImageDecodingTests.Gradient(4, 3);
        var rgba = ImageDecodingTests.ToRgba(image);
        var expected = Enumerable.Range(0, 36).Select(i => (rgba[i / 3 * 4 + 2 - i % 3] - 10) * 0.5f).ToArray();
        Assert.Equal([expected], output.GetColumn<float[]>("Pixels"));
    }

    [Fact]
    public void BytesComeAsTheyAre()
    {
        var data = Paths("a.png");
        var pipeline = Load().Append(_ml.Transforms.ResizeImages("Image", 4, 3)).Append(_ml.Transforms.ExtractPixels(
            "Pixels", "Image", ImagePixelExtractingEstimator.ColorBits.Blue, outputAsFloatArray: false));
        Assert.Equal([Enumerable.Repeat((byte)100, 12).ToArray()], pipeline.Fit(data).Transform(data).GetColumn<byte[]>("Pixels"));
    }

    [Fact]
    public void ASavedPipelineGivesTheSameValues()
    {
        var data = Paths("a.png");
        var pipeline = Load().Append(_ml.Transforms.ResizeImages("Image", 5, 5, resizing: ImageResizingEstimator.ResizingKind.IsoPad))
            .Append(_ml.Transforms.ExtractPixels("Pixels", "Image")).Append(_ml.Transforms.DropColumns("Image"));
        var model = pipeline.Fit(data);
        _ml.Model.Save(model, data.Schema, _folder.File("model.zip"));
        var loaded = new MLContext().Model.Load(_folder.File("model.zip"), out _);
        var expected = model.Transform(data).GetColumn<float[]>("Pixels").Single();
        Assert.Contains(expected, x => x != 0);
        Assert.Equal(expected, loaded.Transform(data).GetColumn<float[]>("Pixels").Single());
    }

    [Fact]
    public void FillTakesTheNearestPixel()
    {
        var data = Paths("a.png");
        var result = Resized(data, 8, 6, ImageResizingEstimator.ResizingKind.Fill);
        using var image = ImageDecodingTests.Gradient(4, 3);
        var rgba = ImageDecodingTests.ToRgba(image);
        for (var i = 0; i < 48; i++)
        {
            var source = (i / 8 / 2 * 4 + i % 8 / 2) * 4;
            Assert.Equal([rgba[source], rgba[source + 1], rgba[source + 2]], [result[i], result[48 + i], result[96 + i]]);
        }
    }

    [Fact]
    public void PaddingIsBlackAndTheRestIsThePicture()
    {
        var result = Resized(Paths("a.png"), 8, 8, ImageResizingEstimator.ResizingKind.IsoPad);
        var blue = result.AsSpan(128, 64).ToArray();
        Assert.All(Enumerable.Range(0, 64), i => Assert.Equal(i / 8 is >= 1 and < 7 ? 100 : 0, blue[i]));
    }

    [Fact]
    public void CroppingKeepsThePartAtTheAnchor()
    {
        float[] Red(ImageResizingEstimator.Anchor anchor)
        {
            var data = Paths("a.png");
            return Resized(data, 3, 3, ImageResizingEstimator.ResizingKind.IsoCrop, anchor)[..9];
        }

        var left = Red(ImageResizingEstimator.Anchor.Left);
        var right = Red(ImageResizingEstimator.Anchor.Right);
        Assert.True(left.Average() + 40 < right.Average(), $"left {left.Average()}, right {right.Average()}");
    }

    [Fact]
    public void AnEmptyPathGivesZeros()
    {
        var pipeline = Load().Append(_ml.Transforms.ResizeImages("Image", 4, 3)).Append(_ml.Transforms.ExtractPixels("Pixels", "Image"));
        var data = Paths("");
        Assert.All(pipeline.Fit(data).Transform(data).GetColumn<float[]>("Pixels").Single(), x => Assert.Equal(0, x));
    }

    [Fact]
    public void MistakesAreNamed()
    {
        Assert.Throws<ArgumentException>(() => _ml.Transforms.LoadImages("Image", _folder.File("absent"), "Path"));
        var missing = Paths("absent.png");
        Assert.Throws<FileNotFoundException>(() => Load().Fit(missing).Transform(missing).GetColumn<MLImage>("Image").ToArray());
        var unsized = Load().Append(_ml.Transforms.ExtractPixels("Pixels", "Image"));
        Assert.ThrowsAny<ArgumentException>(() => unsized.Fit(missing));
        Assert.ThrowsAny<ArgumentException>(() => _ml.Transforms.LoadImages("Image", _folder.Path, "Other").Fit(missing));
    }

    private IEstimator<ITransformer> Load() => _ml.Transforms.LoadImages("Image", _folder.Path, "Path");

    private IDataView Paths(params string[] paths) => _ml.Data.LoadFromEnumerable(paths.Select(x => new PathRow { Path = x }).ToArray());

    private float[] Resized(
        IDataView data, int width, int height, ImageResizingEstimator.ResizingKind kind,
        ImageResizingEstimator.Anchor anchor = ImageResizingEstimator.Anchor.Center)
    {
        var pipeline = Load().Append(_ml.Transforms.ResizeImages("Image", width, height, resizing: kind, cropAnchor: anchor))
            .Append(_ml.Transforms.ExtractPixels("Pixels", "Image"));
        return pipeline.Fit(data).Transform(data).GetColumn<float[]>("Pixels").Single();
    }

    private sealed class PathRow
    {
        public string Path { get; set; } = "";
    }
}
