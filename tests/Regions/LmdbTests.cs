using System.Text;
using MLNet.VisionLanguage.Regions;
using MLNet.VisionLanguage.Tests.Support;
using Xunit;

namespace MLNet.VisionLanguage.Tests.Regions;

/// <summary>LMDB's pages, and the records that Python programs keep in them.</summary>
public sealed class LmdbTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(90)]
    [InlineData(91)]
    [InlineData(30_000)]
    public void Keys_and_values_of_any_length_come_back(int count)
    {
        var entries = Enumerable.Range(0, count).Select(i => (Key: $"{i:D8}{new string('k', i % 300)}", Value: Value(i))).ToList();
        using var file = LmdbFile.Open(Write([.. entries]));
        Assert.Equal(entries.Select(entry => entry.Key), file.Keys);
        foreach (var (key, value) in entries.Where((_, i) => i % 97 == 0 || i > count - 5))
            Assert.Equal(value, file.Value(key).ToArray(0, (int)file.Value(key).Length));

        static byte[] Value(int i) => [.. Enumerable.Repeat((byte)i, i % 31 == 0 ? 9000 : i % 13)];
    }

    [Fact]
    public void Keys_out_of_order_are_refused() =>
        Assert.Contains("ascending", Assert.Throws<ArgumentException>(() => Write([("b", []), ("a", [])])).Message);

    [Fact]
    public void A_file_that_was_cut_off_says_so_whatever_its_length()
    {
        var path = Write([.. Enumerable.Range(0, 200).Select(i => ($"{i:D4}", new byte[i * 40]))]);
        var whole = File.ReadAllBytes(path);
        for (var length = 0; length < whole.Length; length += 1000)
        {
            File.WriteAllBytes(path, whole[..length]);
            Assert.StartsWith(path, Assert.Throws<InvalidDataException>(() => LmdbFile.Open(path).Dispose()).Message);
        }
    }

    [Fact]
    public void Damaged_files_are_refused_or_read_but_never_crash()
    {
        var path = Write([.. Enumerable.Range(0, 60).Select(i => ($"{i:D4}", new byte[i * 70]))]);
        var whole = File.ReadAllBytes(path);
        var (random, refused) = (new Random(1), 0);
        for (var round = 0; round < 2000; round++)
        {
            File.WriteAllBytes(path, Mutations.Mutate(whole, random));
            try
            {
                using var file = LmdbFile.Open(path);
                foreach (var key in file.Keys) file.Value(key).ToArray(0, (int)Math.Min(file.Value(key).Length, 10));
            }
            catch (Exception e) when (e is InvalidDataException)
            {
                refused++;
            }
        }

        Assert.InRange(refused, 100, 2000);
    }

    [Fact]
    public void Another_data_version_is_named()
    {
        var path = Write([("a", [1])]);
        var bytes = File.ReadAllBytes(path);
        bytes[LmdbLayout.VersionAt] = 3;
        File.WriteAllBytes(path, bytes);
        Assert.Contains("its data version is 3; 1, that of LMDB 0.9, is read", Assert.Throws<InvalidDataException>(() => LmdbFile.Open(path)).Message);
    }

    [Theory]
    [InlineData(NumpyRecords.Protocol2)]
    [InlineData(NumpyRecords.Protocol3)]
    [InlineData(NumpyRecords.Protocol4)]
    [InlineData(NumpyRecords.Protocol5)]
    [InlineData(NumpyRecords.Base64)]
    public void Records_that_numpy_pickled_are_read(string record)
    {
        using var reader = RegionFeatureReader.Open(Write([("42", Convert.FromBase64String(record)), ("keys", Convert.FromBase64String(record))]));
        Assert.Equal(["42"], reader.ImageIds);
        var regions = reader.Read("42");
        Assert.Equal((120, 60, 3), (regions.Width, regions.Height, regions.FeatureSize));
        Assert.Equal(NumpyRecords.Boxes, regions.Boxes);
        Assert.Equal(NumpyRecords.Features, regions.Features);
        if (record != NumpyRecords.Base64) Assert.Equal([3, 4], regions.ObjectIds!);
    }

    [Fact]
    public void Records_of_python_objects_are_refused_with_the_reason()
    {
        using var reader = RegionFeatureReader.Open(Write(
            [("a", Convert.FromBase64String(NumpyRecords.Objects)), ("b", [1, 2, 3]), ("c", Convert.FromBase64String(NumpyRecords.Base64))]));
        Assert.Contains("image 'a': 'features' is an array of '|O8'; an array of numbers is expected", Problem("a"));
        Assert.Contains("image 'b': its value is no pickle that can be read", Problem("b"));
        Assert.Equal(2, reader.Read("c").Count);

        string Problem(string id) => Assert.Throws<InvalidDataException>(() => reader.Read(id)).Message;
    }

    private string Write((string Key, byte[] Value)[] entries)
    {
        var path = _folder.File("data.mdb");
        using var stream = File.Create(path);
        var writer = new LmdbFileWriter(stream);
        foreach (var (key, value) in entries) writer.Add(Encoding.UTF8.GetBytes(key), value);
        writer.Complete();
        return path;
    }
}
