using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.VisionLanguage.Tests.Support;
using Xunit;

namespace MLNet.VisionLanguage.Tests.Regions;

/// <summary>Every format is written, gone on with, read back by image, and loaded in a pipeline.</summary>
public sealed class RegionFormatTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly MLContext _ml = new(1);

    public static readonly IReadOnlyList<string> Extensions = [".safetensors", ".tsv", ".npz", ".npy", ".lmdb", ".hdf5", ".h5"];

    public static TheoryData<string> Formats => [.. Extensions];

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(Formats))]
    public void Images_come_back_as_they_were(string extension)
    {
        var path = _folder.File("features" + extension);
        Write(path, 0, 23, complete: true);
        using var reader = RegionFeatureReader.Open(path);
        Assert.Equal(23, reader.ImageIds.Count);
        Assert.Equal(MadeRegions.Size, reader.FeatureSize);
        foreach (var number in Enumerable.Range(0, 23).Reverse()) MadeRegions.AssertSame(MadeRegions.Image(number), reader.Read(MadeRegions.Image(number).ImageId));
        Assert.False(reader.Contains("elsewhere"));
        Assert.Contains("no image 'elsewhere' among its 23", Assert.Throws<KeyNotFoundException>(() => reader.Read("elsewhere")).Message);
    }

    [Theory]
    [MemberData(nameof(Formats))]
    public void A_writer_goes_on_where_another_was_interrupted(string extension)
    {
        var path = _folder.File("features" + extension);
        Write(path, 0, 9, complete: false);
        Write(path, 9, 14, complete: false);
        Write(path, 14, 17, complete: true);
        Write(path, 17, 20, complete: true);
        using var reader = RegionFeatureReader.Open(path);
        Assert.Equal(Enumerable.Range(0, 20).Select(number => MadeRegions.Image(number).ImageId), reader.ImageIds.Order(StringComparer.Ordinal));
        foreach (var regions in reader.ReadAll()) MadeRegions.AssertSame(MadeRegions.Image(int.Parse(regions.ImageId[^12..])), regions);
        Assert.False(Directory.Exists(path + ".parts"));
    }

    [Theory]
    [MemberData(nameof(Formats))]
    public void LoadRegionFeatures_reads_any_of_them(string extension)
    {
        var path = _folder.File("features" + extension);
        Write(path, 0, 6, complete: true);
        var data = _ml.Data.LoadFromEnumerable([new Row { ImageId = "COCO_val2014_000000000004" }, new Row { ImageId = "2" }]);
        var model = _ml.Transforms.LoadRegionFeatures([path], maxRegions: 1).Fit(data);
        var rows = model.Transform(data);
        Assert.Equal(
            [MadeRegions.Image(4).Features[..MadeRegions.Size], MadeRegions.Image(2).Features[..MadeRegions.Size]], rows.GetColumn<float[]>("RegionFeatures"));
        Assert.Equal([MadeRegions.Image(4).Boxes[..4], MadeRegions.Image(2).Boxes[..4]], rows.GetColumn<float[]>("RegionBoxes"));

        var zip = _folder.File("model.zip");
        _ml.VisionLanguage().Save(model, data.Schema, zip);
        Assert.Equal(rows.GetColumn<float[]>("RegionFeatures"), _ml.VisionLanguage().Load(zip, [path]).Transform(data).GetColumn<float[]>("RegionFeatures"));
    }

    [Theory]
    [InlineData(".safetensors")]
    [InlineData(".tsv")]
    [InlineData(".npz")]
    public void What_a_detector_says_is_kept(string extension)
    {
        var path = _folder.File("features" + extension);
        using (var writer = RegionFeatureWriter.Create(path))
        {
            for (var i = 0; i < 3; i++) writer.Add(MadeRegions.Image(i, detected: true));
            writer.Complete();
        }

        using var reader = RegionFeatureReader.Open(path);
        for (var i = 0; i < 3; i++) MadeRegions.AssertSame(MadeRegions.Image(i, detected: true), reader.Read(MadeRegions.Image(i).ImageId), detected: true);
    }

    [Theory]
    [InlineData(".safetensors")]
    [InlineData(".npz")]
    [InlineData(".npy")]
    public void Features_of_16_bits_take_half_the_room(string extension)
    {
        var (whole, half) = (_folder.File("whole" + extension), _folder.File("half" + extension));
        foreach (var path in new[] { whole, half })
        {
            using var writer = RegionFeatureWriter.Create(path, new() { Float16 = path == half });
            writer.Add(new ImageRegions("a", 10, 10, [0, 0, 5, 5], [.. Enumerable.Range(0, 4096).Select(i => i / 4f)]));
            writer.Complete();
        }

        Assert.InRange(Bytes("half"), 8192, 10_000);
        Assert.InRange(Bytes("whole"), 16_384, 18_400);
        using var reader = RegionFeatureReader.Open(half);
        Assert.Equal(Enumerable.Range(0, 4096).Select(i => (float)(Half)(i / 4f)), reader.Read("a").Features);

        long Bytes(string name) => new DirectoryInfo(_folder.Path).GetFiles("*", SearchOption.AllDirectories)
            .Where(file => file.FullName.Contains(name, StringComparison.Ordinal) && file.Extension != ".json").Sum(file => file.Length);
    }

    [Theory]
    [MemberData(nameof(Formats))]
    public void What_cannot_be_written_is_refused(string extension)
    {
        var path = _folder.File("features" + extension);
        using var writer = RegionFeatureWriter.Create(path);
        writer.Add(MadeRegions.Image(1, "one"));
        Assert.Contains("image 'one': it is there already", Assert.Throws<InvalidDataException>(() => writer.Add(MadeRegions.Image(2, "one"))).Message);
        Assert.Contains("boxes: box 0 (0, 0, 11, 5) lies outside the image of 10 x 10 pixels", Assert.Throws<InvalidDataException>(
            () => writer.Add(new ImageRegions("two", 10, 10, [0, 0, 11, 5], new float[MadeRegions.Size]))).Message);
        Assert.Contains("features: value 2 of region 0 is NaN", Assert.Throws<InvalidDataException>(
            () => writer.Add(new ImageRegions("two", 10, 10, [0, 0, 1, 5], [0, 1, float.NaN, 3, 4]))).Message);
        Assert.Equal(1, writer.Count);
        Assert.False(writer.Contains("two"));
    }

    [Fact]
    public void Shards_have_one_number_of_values_a_region_and_16_bits_their_bound()
    {
        using var writer = RegionFeatureWriter.Create(_folder.File("features.safetensors"), new() { Float16 = true });
        writer.Add(MadeRegions.Image(1));
        Assert.Contains("2 values a region, but 5 in those before", Assert.Throws<InvalidDataException>(
            () => writer.Add(new ImageRegions("two", 10, 10, [0, 0, 1, 5], [0, 1]))).Message);
        Assert.Contains("value 3 of region 0 is 70000, too large for 16 bits", Assert.Throws<InvalidDataException>(
            () => writer.Add(new ImageRegions("two", 10, 10, [0, 0, 1, 5], [0, 1, 2, 70000, 4]))).Message);
    }

    [Fact]
    public void Other_extensions_are_refused() => Assert.Contains(
        "region features are not written as '.csv'", Assert.Throws<ArgumentException>(() => RegionFeatureWriter.Create(_folder.File("a.csv"))).Message);

    [Fact]
    public void A_line_that_was_broken_off_is_written_anew()
    {
        var path = _folder.File("features.tsv");
        Write(path, 0, 3, complete: true);
        var bytes = File.ReadAllBytes(path);
        File.WriteAllBytes(path, bytes[..^7]);
        Write(path, 2, 4, complete: true);
        using var reader = RegionFeatureReader.Open(path);
        Assert.Empty(reader.Problems);
        Assert.Equal(4, reader.ReadAll().Count());
    }

    [Fact]
    public void A_view_of_regions_is_saved_and_gone_on_with()
    {
        var rows = Enumerable.Range(0, 5).Select(number => MadeRegions.Image(number)).Select(image => new Regions
        {
            ImageId = image.ImageId,
            RegionFeatures = image.Features,
            RegionBoxes = image.Boxes,
            ImageSize = [image.Width, image.Height],
        }).ToList();
        var path = _folder.File("features.safetensors");
        Assert.Equal(3, _ml.VisionLanguage().SaveRegionFeatures(_ml.Data.LoadFromEnumerable(rows.Take(3)), path));
        Assert.Equal(2, _ml.VisionLanguage().SaveRegionFeatures(_ml.Data.LoadFromEnumerable(rows), path));
        using var reader = RegionFeatureReader.Open(path);
        foreach (var (number, regions) in reader.ReadAll().Index()) MadeRegions.AssertSame(MadeRegions.Image(number), regions);

        rows.Add(new Regions { ImageId = "bad", RegionFeatures = [1], RegionBoxes = [1, 2, 3], ImageSize = [5, 5] });
        var error = Assert.Throws<InvalidDataException>(() => _ml.VisionLanguage().SaveRegionFeatures(_ml.Data.LoadFromEnumerable(rows), path));
        Assert.Contains("SaveRegionFeatures: row 5: Image 'bad' has 3 numbers of boxes", error.Message);
    }

    [Fact]
    public void Shards_open_as_a_checkpoint_and_one_alone_is_read()
    {
        var path = _folder.File("features.safetensors");
        Write(path, 0, 9, complete: true);
        using (var tensors = Checkpoint.Open(path + ".index.json")) Assert.Equal([4L, 2], tensors["00001.sizes"].Shape);
        using var reader = RegionFeatureReader.Open(_folder.File("features-00002.safetensors"));
        Assert.Equal(Enumerable.Range(4, 4).Select(number => MadeRegions.Image(number).ImageId), reader.ImageIds);
    }

    [Fact]
    public void Images_are_taken_from_the_first_on()
    {
        foreach (var extension in Extensions)
        {
            var path = _folder.File("features" + extension);
            Write(path, 0, 9, complete: true);
            using var reader = RegionFeatureReader.Open(path, maxImages: 5);
            Assert.Equal(Enumerable.Range(0, 5).Select(number => MadeRegions.Image(number).ImageId), reader.ImageIds);
        }
    }

    /// <summary>Images of a range, in shards of four.</summary>
    private static void Write(string path, int from, int to, bool complete)
    {
        using var writer = RegionFeatureWriter.Create(path, new() { ImagesPerShard = 4 });
        for (var number = from; number < to; number++)
        {
            if (!writer.Contains(MadeRegions.Image(number).ImageId)) writer.Add(MadeRegions.Image(number));
        }

        if (complete) writer.Complete();
    }

    private sealed class Row
    {
        public string ImageId { get; set; } = "";
    }

    private sealed class Regions
    {
        public string ImageId { get; set; } = "";

        public float[] RegionFeatures { get; set; } = [];

        public float[] RegionBoxes { get; set; } = [];

        [VectorType(2)]
        public float[] ImageSize { get; set; } = [];
    }
}
