using MLNet.VisionLanguage.Files;
using MLNet.VisionLanguage.Tests.Support;
using Xunit;
using TextEncoding = System.Text.Encoding;

namespace MLNet.VisionLanguage.Tests.Files;

public sealed class NpyFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(1, "<f4", "(2, 1)", 8, "2,1")]
    [InlineData(2, "|u1", "(3,)", 3, "3")]
    [InlineData(3, "<i8", "(2L, 0L, 5L)", 0, "2,0,5")]
    [InlineData(1, "|b1", "()", 1, "")]
    public void Arrays_of_every_version_are_read(int version, string type, string shape, int bytes, string expected)
    {
        var array = NpyFile.Read(Write(version, Header(type, shape), bytes));
        Assert.Equal((type, expected), (array.Type, string.Join(',', array.Shape)));
    }

    [Fact]
    public void An_item_is_what_stands_at_a_place_of_the_first_axis() =>
        Assert.Equal([4, 5, 6, 7], NpyFile.Read(Write(1, Header("<i2", "(3, 2)"), 12)).Item(1).ToArray());

    [Theory]
    [InlineData("|O", "(2,)", 2, "its elements are of type '|O'; numbers are expected")]
    [InlineData(">f4", "(1,)", 4, "its elements are of type '>f4'")]
    [InlineData("<f4", "(2,)", 7, "its header asks for 8 bytes of numbers but 7 follow")]
    [InlineData("<f8", "(2000000000, 2000000000)", 7, "it is too large")]
    [InlineData("<f8", "(9999999999,)", 7, "its header is")]
    [InlineData("<f8", "(1, 1, 2", 7, "its header is")]
    public void Other_files_are_refused(string type, string shape, int bytes, string message)
    {
        var path = Write(1, Header(type, shape), bytes);
        var error = Assert.Throws<InvalidDataException>(() => NpyFile.Read(path));
        Assert.StartsWith(path, error.Message);
        Assert.Contains(message, error.Message);
    }

    [Fact]
    public void A_hostile_header_takes_no_time() => Timing.Within(1000, "reading", () => Assert.Throws<InvalidDataException>(
        () => NpyFile.Read(Write(2, Header("<f4", $"({new string('1', 100_000)}{string.Concat(Enumerable.Repeat("1, ", 100_000))}x)"), 4))));

    private static string Header(string type, string shape) => $"{{'descr': '{type}', 'fortran_order': False, 'shape': {shape}, }}          \n";

    private string Write(int version, string header, int bytes) => _folder.Write("a.npy",
    [
        0x93, .. "NUMPY"u8, (byte)version, 0, .. BitConverter.GetBytes(header.Length)[..(version == 1 ? 2 : 4)], .. TextEncoding.Latin1.GetBytes(header),
        .. Enumerable.Range(0, bytes).Select(i => (byte)i),
    ]);
}
