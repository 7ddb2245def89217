using MLNet.VisionLanguage.Tests.Support;
using Xunit;

namespace MLNet.VisionLanguage.Tests.Regions;

public sealed class NumpyFolderTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void An_archive_that_numpy_wrote_is_read_a_region_a_column()
    {
        var path = _folder.Write("42.npz", Convert.FromBase64String(NumpyRecords.Archive));
        foreach (var place in new[] { path, _folder.Path })
        {
            using var reader = RegionFeatureReader.Open(place);
            Assert.Equal(["42"], reader.ImageIds);
            var regions = reader.Read("42");
            Assert.Equal((120, 60, 3), (regions.Width, regions.Height, regions.FeatureSize));
            Assert.Equal(NumpyRecords.Boxes, regions.Boxes);
            Assert.Equal(NumpyRecords.Features, regions.Features);
        }
    }

    [Fact]
    public void Damage_harms_its_image_alone()
    {
        var bytes = Convert.FromBase64String(NumpyRecords.Archive);
        _folder.Write("1.npz", bytes);
        var cut = _folder.Write("2.npz", bytes[..400]);
        using var reader = RegionFeatureReader.Open(_folder.Path);
        Assert.Equal(2, reader.Read("1").Count);
        Assert.StartsWith(cut, Assert.Throws<InvalidDataException>(() => reader.Read("2")).Message);
    }

    [Fact]
    public void Arrays_need_boxes_and_size_beside_them()
    {
        using (var writer = RegionFeatureWriter.Create(_folder.File("f.npy"))) writer.Add(MadeRegions.Image(3, "a"));
        var boxes = Path.Combine(_folder.File("f.npy"), "a_boxes.npy");
        File.Delete(boxes);
        using var reader = RegionFeatureReader.Open(_folder.File("f.npy"));
        Assert.Contains($"'{boxes}' does not exist", Assert.Throws<InvalidDataException>(() => reader.Read("a")).Message);
    }

    [Fact]
    public void A_folder_of_other_files_is_refused()
    {
        _folder.Write("a.txt", [1]);
        Assert.Contains("the folder has no region features", Assert.Throws<InvalidDataException>(() => RegionFeatureReader.Open(_folder.Path)).Message);
    }
}
