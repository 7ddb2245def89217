using MLNet.VisionLanguage.Tests.Support;
using Xunit;

namespace MLNet.VisionLanguage.Tests.Regions;

public sealed class BottomUpTsvReaderTests : IDisposable
{
    private static readonly float[] Boxes = [0, 0, 10, 20, 5.5f, 6, 100, 50];
    private static readonly float[] Features = [1, 2, 3, 4, 5, 6];

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("\n", true)]
    [InlineData("\r\n", true)]
    [InlineData("\n", false)]
    public void Reads_rows_in_any_order(string lineEnd, bool endsWithLineEnd)
    {
        var rows = Enumerable.Range(0, 5).Select(i => FeatureFile.Row($"image {i}", 100 + i, 50, Boxes, Array.ConvertAll(Features, f => f + i)));
        using var reader = BottomUpTsvReader.Open(Write(string.Join(lineEnd, rows) + (endsWithLineEnd ? lineEnd + lineEnd : "")));

        Assert.Equal(Enumerable.Range(0, 5).Select(i => $"image {i}"), reader.ImageIds);
        foreach (var i in new[] { 3, 0, 4, 3 })
        {
            var regions = reader.Read($"image {i}");
            Assert.Equal((100 + i, 50, 2, 3), (regions.Width, regions.Height, regions.Count, regions.FeatureSize));
            Assert.Equal(Boxes, regions.Boxes);
            Assert.Equal(Array.ConvertAll(Features, f => f + i), regions.Features);
            Assert.Equal([100, 101], regions.ObjectIds!);
            Assert.Equal([0.25f, 0.26f], regions.AttributeConfidences!);
        }

        Assert.False(reader.Contains("image 5"));
        Assert.Contains("no image 'image 5'", Assert.Throws<KeyNotFoundException>(() => reader.Read("image 5")).Message);
    }

    [Fact]
    public void Reads_lines_longer_than_its_blocks()
    {
        var features = Enumerable.Range(0, 600_000).Select(i => (float)i).ToArray();
        var rows = Enumerable.Range(0, 3).Select(i => FeatureFile.Row($"i{i}", 100, 50, Boxes, features));
        using var reader = BottomUpTsvReader.Open(Write(string.Join("\r\n", rows)));
        Assert.Equal(["i0", "i1", "i2"], reader.ReadAll().Select(r => r.ImageId));
        Assert.Equal(features, reader.Read("i2").Features);
    }

    [Fact]
    public void Columns_that_tell_nothing_may_be_empty()
    {
        using var reader = BottomUpTsvReader.Open(Write(FeatureFile.Row("a", 100, 50, Boxes, Features, 3, "")));
        Assert.Null(reader.Read("a").ObjectIds);
        Assert.NotNull(reader.Read("a").ObjectConfidences);
    }

    public static TheoryData<int, string, string> Damages() => new()
    {
        { 1, "0", "column 'img_h': must be a whole number above 0 but is \"0\"" },
        { 2, "1e3", "column 'img_w': must be a whole number above 0 but is \"1e3\"" },
        { 3, FeatureFile.Base64(new long[3]), "column 'objects_id': must hold 2 x 1 values of 8 bytes (num_boxes = 2) but its base64 holds 24 bytes" },
        { 7, "3", "column 'boxes': must hold 3 x 4 values of 4 bytes (num_boxes = 3) but its base64 holds 32 bytes" },
        { 7, "2147483647", "column 'boxes': must hold 2147483647 x 4 values" },
        { 7, "-1", "column 'num_boxes': must be a whole number above 0" },
        { 8, "AAAA", "column 'boxes': must hold 2 x 4 values of 4 bytes" },
        { 8, FeatureFile.Base64([0f, 0, 10, 20, 0, 0, 101, 50]), "column 'boxes': box 1 (0, 0, 101, 50) lies outside the image of 100 x 50 pixels" },
        { 8, FeatureFile.Base64([0f, 0, 10, 20, -1, 0, 100, 50]), "box 1 (-1, 0, 100, 50) lies outside" },
        { 8, FeatureFile.Base64([0f, 0, 10, float.NaN, 0, 0, 100, 50]), "box 0 (0, 0, 10, NaN) lies outside" },
        { 8, FeatureFile.Base64([9f, 0, 5, 20, 0, 0, 100, 50]), "box 0 (9, 0, 5, 20) must have x1 <= x2" },
        { 9, FeatureFile.Base64(new float[5]), "column 'features': must hold 2 x 3 values of 4 bytes (num_boxes = 2) but its base64 holds 20 bytes" },
        { 9, FeatureFile.Base64(Features)[..^1], "column 'features': is no whole base64 text: its length 31 is not a multiple of 4" },
        { 9, "", "column 'features': is no whole base64 text" },
        { 9, FeatureFile.Base64(Features)[..^4] + "A*AA", "column 'features': is no valid base64 text" },
        { 9, FeatureFile.Base64([1f, 2, 3, 4, float.NaN, 6]), "column 'features': value 1 of region 1 is NaN" },
        { 9, FeatureFile.Base64([1f, float.PositiveInfinity, 3, 4, 5, 6]), "value 1 of region 0 is" },
        { 9, FeatureFile.Base64(Features) + "\tmore", "10 tab-separated columns are expected (img_id" },
    };

    [Theory]
    [MemberData(nameof(Damages))]
    public void A_damaged_line_is_named_with_its_column(int column, string replacement, string message)
    {
        var path = Write(FeatureFile.Row("good", 100, 50, Boxes, Features) + "\r\n" + FeatureFile.Row("bad", 100, 50, Boxes, Features, column, replacement));
        using var reader = BottomUpTsvReader.Open(path);
        reader.Read("good");
        var error = Assert.Throws<InvalidDataException>(() => reader.Read("bad"));
        Assert.StartsWith($"{path}: line 2", error.Message);
        Assert.Contains(message, error.Message);
    }

    [Fact]
    public void Rounding_beyond_the_border_is_tolerated()
    {
        float[] boxes = [-0.0005f, 0, 100.0005f, 50];
        using var reader = BottomUpTsvReader.Open(Write(FeatureFile.Row("a", 100, 50, boxes, [1])));
        Assert.Equal(boxes, reader.Read("a").Boxes);
    }

    [Fact]
    public void Files_of_another_kind_are_refused_when_opened()
    {
        Assert.Contains("line 1: there is no tab", Error("hello\n"));
        Assert.Contains("no tab within", Error(new string('x', 10_000)));
        Assert.Contains("the file has no lines", Error(""));
        Assert.Throws<FileNotFoundException>(() => BottomUpTsvReader.Open(_folder.File("none.tsv")));

        string Error(string content) => Assert.Throws<InvalidDataException>(() => BottomUpTsvReader.Open(Write(content))).Message;
    }

    [SkippableFact]
    public void Reads_real_features()
    {
        using var reader = BottomUpTsvReader.Open(TestData.SharedData("bua_features/train2014_obj36_rows1-7.tsv"));
        Assert.Equal(7, reader.ImageIds.Count);
        foreach (var regions in reader.ReadAll())
        {
            Assert.Equal((36, 2048), (regions.Count, regions.FeatureSize));
            Assert.True(regions.Features.Min() >= 0);
            Assert.All(regions.ObjectIds!, o => Assert.InRange(o, 0, 1599));
            Assert.All(regions.ObjectConfidences!, c => Assert.InRange(c, 0, 1));
        }
    }

    private string Write(string content) => _folder.Write("features.tsv", System.Text.Encoding.UTF8.GetBytes(content));
}
