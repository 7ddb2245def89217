using System.Globalization;
using System.IO.Compression;
using MLNet.VisionLanguage.Tests.Support;
using Xunit;
using TextEncoding = System.Text.Encoding;

namespace MLNet.VisionLanguage.Tests.Regions;

/// <summary>What files of region features that people have differ in: layout, width of numbers, form of bytes, repeated and damaged rows.</summary>
public sealed class FeatureKindsTests : IDisposable
{
    private const int Count = 4;
    private const int Size = 32;

    private static readonly float[] Boxes = [0, 0, 10, 20, 5.5f, 6, 100, 50, 1, 1, 2, 2, 3, 4, 50, 50];

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("float16", "float16", null)]
    [InlineData("float32", "float32", null)]
    [InlineData("float64", "float64", null)]
    [InlineData("float32", "float16", null)]
    [InlineData("float32", "float16", Size)]
    [InlineData("float32", "float64", Size)]
    [InlineData("float64", "float32", Size)]
    [InlineData("float64", "float32", null)]
    public void Numbers_have_any_width_in_both_layouts(string boxType, string featureType, int? featureSize)
    {
        var features = Features(1);
        foreach (var row in new[] { Six("7", Bytes(Boxes, boxType), Bytes(features, featureType)), Ten("7", Bytes(Boxes, boxType), Bytes(features, featureType)) })
        {
            using var reader = BottomUpTsvReader.Open(Write(row), featureSize);
            var regions = reader.Read("7");
            Assert.Equal((100, 50, Count, Size), (regions.Width, regions.Height, regions.Count, regions.FeatureSize));
            Assert.Equal(Boxes, regions.Boxes);
            for (var i = 0; i < features.Length; i++) Assert.Equal(features[i], regions.Features[i], 1e-2f);
        }
    }

    [Fact]
    public void The_original_layout_tells_no_classes()
    {
        using var reader = BottomUpTsvReader.Open(Write(Six("7", Bytes(Boxes, "float32"), Bytes(Features(1), "float32"))));
        var regions = reader.Read("7");
        Assert.Null(regions.ObjectIds);
        Assert.Null(regions.AttributeConfidences);
    }

    [Theory]
    [InlineData(Size / 2)]
    [InlineData(Size * 2)]
    [InlineData(Size - 1)]
    public void A_width_that_contradicts_the_other_rows_harms_only_its_image(int other)
    {
        var rows = Enumerable.Range(0, 3).Select(i => Ten($"{i}", Bytes(Boxes, "float32"), Bytes(Features(i), "float32"))).ToList();
        rows.Insert(0, Ten("odd", Bytes(Boxes, "float32"), Bytes(Features(9, other), "float32")));
        using var reader = BottomUpTsvReader.Open(Write(string.Join('\n', rows)));
        Assert.Equal(Size, reader.FeatureSize);
        Assert.Equal(Size, reader.Read("2").FeatureSize);
        var error = Assert.Throws<InvalidDataException>(() => reader.Read("odd"));
        Assert.Contains($"line 1, image 'odd', column 'features': has regions of {other} values each but {Size} are expected", error.Message);
    }

    [Theory]
    [InlineData(Size / 2)]
    [InlineData(Size * 2)]
    public void A_width_that_contradicts_the_model_is_an_error(int wanted)
    {
        using var reader = BottomUpTsvReader.Open(Write(Ten("a", Bytes(Boxes, "float32"), Bytes(Features(1), "float32"))), wanted);
        Assert.Contains($"{Size} values each but {wanted} are expected", Assert.Throws<InvalidDataException>(() => reader.Read("a")).Message);
        Assert.Throws<ArgumentOutOfRangeException>(() => BottomUpTsvReader.Open(reader.Path, 0));
    }

    [Theory]
    [InlineData("b'", "'")]
    [InlineData("b\"", "\"")]
    public void Bytes_as_python_shows_them_are_read(string before, string after)
    {
        string Literal(string base64) => before + base64.Insert(8, "\\n") + after;
        var (boxes, features) = (Literal(Bytes(Boxes, "float32")), Literal(Bytes(Features(1), "float32")));
        foreach (var row in new[] { Six("a", boxes, features), Ten("a", boxes, features, Literal(FeatureFile.Base64(new long[Count]))) })
        {
            using var reader = BottomUpTsvReader.Open(Write(row));
            Assert.Equal(Boxes, reader.Read("a").Boxes);
            Assert.Equal(Features(1), reader.Read("a").Features);
        }

        using var broken = BottomUpTsvReader.Open(Write(Six("a", boxes, features[..^1])));
        Assert.Contains("column 'features'", Assert.Throws<InvalidDataException>(() => broken.Read("a")).Message);
    }

    [Fact]
    public void Of_repeated_rows_the_whole_one_counts_once()
    {
        string Row(string id, int seed) => Ten(id, Bytes(Boxes, "float32"), Bytes(Features(seed), "float32"));
        string[] rows = [Row("same", 1), Row("cut", 2)[..200], Row("two", 3), Row("same", 1), Row("cut", 2), Row("two", 4), Row("lost", 5)[..99], "lone"];
        var path = Write(string.Join("\r\n", rows));
        using var reader = BottomUpTsvReader.Open(path);
        Assert.Equal(["same", "cut", "two", "lost"], reader.ImageIds);
        Assert.Equal(Features(1), reader.Read("same").Features);
        Assert.Equal(Features(2), reader.Read("cut").Features);
        Assert.Equal(
            $"{path}: line 6: image 'two' has other content here than in {path}: line 3.",
            Assert.Throws<InvalidDataException>(() => reader.Read("two")).Message);
        Assert.StartsWith($"{path}: line 7, image 'lost'", Assert.Throws<InvalidDataException>(() => reader.Read("lost")).Message);
        Assert.Equal([$"{path}: line 8: there is no tab in it."], reader.Problems);
    }

    [Fact]
    public void A_packed_file_is_read_and_leaves_nothing_behind()
    {
        var packed = _folder.File("f.tsv.gz");
        using (var gzip = new GZipStream(File.Create(packed), CompressionLevel.Fastest))
            gzip.Write(TextEncoding.UTF8.GetBytes(Six("a", Bytes(Boxes, "float32"), Bytes(Features(1), "float32")) + "\n"));
        using (var reader = BottomUpTsvReader.Open(packed)) Assert.Equal(Features(1), reader.Read("a").Features);
        Assert.Equal([packed], Directory.GetFiles(_folder.Path));
    }

    [Fact]
    public void Something_else_is_told_by_name()
    {
        Assert.Contains("Git LFS pointer", Error("version https://git-lfs.github.com/spec/v1\nsize 5\n"u8));
        Assert.Contains("web page", Error("<html>\t</html>"u8));
        Assert.Contains("not text in UTF-8: its byte 4 is 0xE9", Error([.. TextEncoding.Latin1.GetBytes("caf\u00e9\t1\t1")]));

        string Error(ReadOnlySpan<byte> bytes)
        {
            var path = _folder.Write("f.tsv", bytes);
            return Assert.Throws<InvalidDataException>(() => BottomUpTsvReader.Open(path)).Message;
        }
    }

    private static float[] Features(int seed, int size = Size)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, Count * size).Select(_ => Math.Max(0, (float)((random.NextDouble() * 4) - 1)))];
    }

    private static string Bytes(float[] values, string type) => type switch
    {
        "float16" => FeatureFile.Base64(Array.ConvertAll(values, value => (Half)value)),
        "float32" => FeatureFile.Base64(values),
        _ => FeatureFile.Base64(Array.ConvertAll(values, value => (double)value)),
    };

    private static string Six(string id, string boxes, string features) =>
        string.Join('\t', id, "100", "50", Count.ToString(CultureInfo.InvariantCulture), boxes, features);

    private static string Ten(string id, string boxes, string features, string ids = "") =>
        string.Join('\t', id, "50", "100", ids, "", ids, "", Count.ToString(CultureInfo.InvariantCulture), boxes, features);

    private string Write(string content) => _folder.Write("features.tsv", TextEncoding.UTF8.GetBytes(content));
}
