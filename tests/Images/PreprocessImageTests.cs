using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.VisionLanguage.Images;
using MLNet.VisionLanguage.Tests.Support;
using SkiaSharp;
using Xunit;

namespace MLNet.VisionLanguage.Tests.Images;

public sealed class PreprocessImageTests : IDisposable
{
    private readonly MLContext _ml = new(1);
    private readonly TemporaryFolder _folder = new();
    private readonly IDataView _rows;

    public PreprocessImageTests()
    {
        File.WriteAllBytes(_folder.File("a.png"), Pictures.Encode(20, 12, Pictures.Noise, SKEncodedImageFormat.Png));
        File.WriteAllBytes(_folder.File("b.png"), Pictures.Encode(6, 6, (x, y) => Pictures.Noise(x + 9, y), SKEncodedImageFormat.Png));
        var data = _ml.Data.LoadFromEnumerable([new Row { ImagePath = "a.png" }, new Row { ImagePath = "b.png" }]);
        _rows = _ml.Transforms.LoadImageFiles("Image", _folder.Path, "ImagePath").Fit(data).Transform(data);
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Values_are_normalised_colour_by_colour()
    {
        var transformed = _ml.Transforms.PreprocessImage(imageSize: 6).Fit(_rows).Transform(_rows);
        Assert.Equal(NumberDataViewType.Single, Assert.IsType<VectorDataViewType>(transformed.Schema["PixelValues"].Type).ItemType);
        var values = transformed.GetColumn<float[]>("PixelValues").ToList();
        Assert.All(values, own => Assert.Equal(3 * 6 * 6, own.Length));

        // The second picture has that size already.
        for (var i = 0; i < 36; i++)
        {
            var colour = Pictures.Noise((i % 6) + 9, i / 6);
            Assert.Equal(((colour.Red / 255f) - 0.485f) / 0.229f, values[1][i]);
            Assert.Equal(((colour.Green / 255f) - 0.456f) / 0.224f, values[1][36 + i]);
            Assert.Equal(((colour.Blue / 255f) - 0.406f) / 0.225f, values[1][72 + i]);
        }
    }

    [Fact]
    public void Survives_saving_and_plain_loading()
    {
        var options = new PreprocessImageOptions { ImageSize = 5, Means = [0.5f, 0.5f, 0.5f], Deviations = [0.5f, 0.25f, 1] };
        var model = _ml.Transforms.PreprocessImage("Values", "Image", options).Fit(_rows);
        _ml.Model.Save(model, _rows.Schema, _folder.File("m.zip"));
        var expected = model.Transform(_rows).GetColumn<float[]>("Values").ToList();
        Assert.Equal(expected, new MLContext().Model.Load(_folder.File("m.zip"), out _).Transform(_rows).GetColumn<float[]>("Values"));
        var restored = Assert.IsType<PreprocessImageTransformer>(_ml.VisionLanguage().Load(_folder.File("m.zip")));
        Assert.Equal(expected, restored.Transform(_rows).GetColumn<float[]>("Values"));
        Assert.Equal(("Values", "Image", 5, ImageAugmentation.None), (restored.OutputColumnName, restored.ImageColumnName, restored.ImageSize, restored.Augmentation));
        Assert.Equal("PreprocessImage: 'Image' → 'Values', 5 × 5 pixels", restored.ToString());
    }

    [Fact]
    public void Values_become_the_picture_again()
    {
        var scale = new PixelScale([0.485f, 0.456f, 0.406f], [0.229f, 0.224f, 0.225f]);
        using var picture = ImagePixels.ToPicture(_rows.GetColumn<MLImage>("Image").First(), "test");
        var values = new float[3 * 20 * 12];
        scale.ToValues(picture, values);
        using var again = scale.ToPicture(values, 20, 12);
        for (var y = 0; y < 12; y++) Assert.True(picture.Row(y).SequenceEqual(again.Row(y)));
    }

    [Fact]
    public void Chance_is_of_the_seed_the_epoch_and_the_row()
    {
        var values = Values(1, 0);
        Assert.Equal(values, Values(1, 0));
        Assert.NotEqual(values[0], Values(2, 0)[0]);
        Assert.NotEqual(values[0], Values(1, 1)[0]);
        Assert.NotEqual(Values(1, 0, "Path")[0], values[0]);

        List<float[]> Values(long seed, long epoch, string column = "ImagePath")
        {
            var view = _ml.Transforms.CopyColumns("Path", "ImagePath").Fit(_rows).Transform(_rows);
            if (column == "Path") view = _ml.Transforms.Text.NormalizeText("Path", "ImagePath", keepPunctuations: false).Fit(view).Transform(view);
            return [.. _ml.Transforms.PreprocessImage(imageSize: 16, augmentation: ImageAugmentation.RandomOperations, seed: seed, epoch: epoch, rowIdColumnName: column)
                .Fit(view).Transform(view).GetColumn<float[]>("PixelValues")];
        }
    }

    [Fact]
    public void Pictures_are_cut_mirrored_and_changed()
    {
        // Lighter to the right, whatever is cut off; blue everywhere.
        using var picture = new PixelBuffer(64, 48);
        for (var y = 0; y < picture.Height; y++)
        {
            for (var x = 0; x < picture.Width; x++)
                new byte[] { 200, (byte)(60 + (2 * x)), (byte)(60 + (2 * x)), 255 }.CopyTo(picture.Row(y)[(4 * x)..]);
        }

        var seen = new HashSet<string>();
        int mirrored = 0, gray = 0, blue = 0;
        for (var row = 0; row < 400; row++)
        {
            using var made = RandomAugmentation.Apply(picture, 24, seed: 3, epoch: 0, row);
            Assert.Equal((24, 24), (made.Width, made.Height));
            seen.Add(string.Concat(Enumerable.Range(0, 24).Select(y => Convert.ToHexString(made.Row(y)))));
            var middle = made.Row(12);
            if (middle[8 * 4 + 1] > middle[16 * 4 + 1]) mirrored++;
            if (Enumerable.Range(0, 24).Any(y => made.Row(y).IndexOf(new byte[] { 128, 128, 128, 255 }) >= 0)) gray++;
            if (middle[12 * 4] != 200) blue++;
        }

        Assert.True(seen.Count > 300, $"{seen.Count} of 400 are different");

        // By halves; five of ten operations leave gray edges, and a third operation or so makes blue lighter, each of two by halves.
        Assert.InRange(mirrored, 160, 240);
        Assert.InRange(gray, 130, 220);
        Assert.InRange(blue, 20, 80);
    }

    [Theory]
    [InlineData(400, 300)]
    [InlineData(300, 300)]
    [InlineData(300, 390)]
    public void A_cut_has_half_the_area_and_an_aspect_near_one(int width, int height)
    {
        var random = new Random(5);
        var areas = new List<double>();
        for (var i = 0; i < 2000; i++)
        {
            var part = RandomAugmentation.Crop(width, height, random);
            Assert.True(part.X >= 0 && part.Y >= 0 && part.X + part.Width <= width && part.Y + part.Height <= height, $"{part}");
            areas.Add((double)part.Width * part.Height / width / height);
            Assert.InRange(areas[^1], 0.495, 1);
            Assert.InRange((double)part.Width / part.Height, 0.745, 1.345);
        }

        Assert.InRange(areas.Min(), 0.495, 0.51);
        Assert.True(areas.Max() > 0.93, $"{areas.Max()}");
    }

    [Theory]
    [InlineData(900, 100, 133, 100)]
    [InlineData(100, 900, 100, 133)]
    public void A_picture_that_is_too_narrow_is_cut_in_its_middle(int width, int height, int wide, int high) =>
        Assert.Equal(new ImagePart((width - wide) / 2, (height - high) / 2, wide, high), RandomAugmentation.Crop(width, height, new Random(1)));

    [Fact]
    public void Options_and_rows_are_checked()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => _ml.Transforms.PreprocessImage(imageSize: 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => _ml.Transforms.PreprocessImage(imageSize: 4097));
        Assert.Contains("Means must be three finite numbers", Error(new() { Means = [1] }));
        Assert.Contains("Deviations must be three positive numbers, of red, green and blue; found 1, 0, 1", Error(new() { Deviations = [1, 0, 1] }));
        Assert.Contains("Augmentation needs RowIdColumnName", Error(new() { Augmentation = ImageAugmentation.RandomOperations }));
        Assert.Contains(
            "PreprocessImage: column 'ImagePath' must be of type",
            Assert.Throws<ArgumentException>(() => _ml.Transforms.PreprocessImage("PixelValues", "ImagePath").Fit(_rows)).Message);
        var none = _ml.Data.LoadFromEnumerable([new Row()]);
        var view = _ml.Transforms.LoadImageFiles("Image", _folder.Path, "ImagePath").Append(_ml.Transforms.PreprocessImage()).Fit(none).Transform(none);
        Assert.Contains(
            "PreprocessImage: column 'Image' holds no image",
            RowErrors.Throws<InvalidOperationException>(() => view.GetColumn<float[]>("PixelValues").ToList()).Message);

        string Error(PreprocessImageOptions options) =>
            Assert.Throws<ArgumentException>(() => _ml.Transforms.PreprocessImage("PixelValues", "Image", options)).Message;
    }

    private sealed class Row
    {
        public string ImagePath { get; set; } = "";
    }
}
