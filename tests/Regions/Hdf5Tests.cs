using MLNet.VisionLanguage.Tests.Support;
using PureHDF;
using Xunit;

namespace MLNet.VisionLanguage.Tests.Regions;

/// <summary>HDF5 files as the bottom-up features of 2018 are shared: of a fixed number of regions, and without the images' sizes.</summary>
public sealed class Hdf5Tests : IDisposable
{
    private static readonly float[,,] Boxes = { { { 0, 0, 10, 20 }, { 5, 6, 100, 50 } }, { { 1, 2, 3, 4 }, { 0, 0, 200, 80 } } };

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Blocks_of_an_image_are_read_and_its_size_follows_from_the_boxes()
    {
        using var reader = RegionFeatureReader.Open(Fixed());
        Assert.Equal(["391895", "7"], reader.ImageIds);
        var regions = reader.Read("391895");
        Assert.Equal((120, 60, 2, 3), (regions.Width, regions.Height, regions.Count, regions.FeatureSize));
        Assert.Equal([0f, 0, 10, 20, 5, 6, 100, 50], regions.Boxes);
        Assert.Equal([0f, 1, 2, 3, 4, 5], regions.Features);
        Assert.Equal((300, 90), (reader.Read("7").Width, reader.Read("7").Height));
    }

    [Fact]
    public void The_index_is_needed()
    {
        var path = Fixed();
        File.Delete(_folder.File("train36_imgid2idx.pkl"));
        Assert.Contains("train36_imgid2idx.pkl', which tells its images, does not exist", Assert.Throws<InvalidDataException>(() => RegionFeatureReader.Open(path)).Message);
    }

    [Fact]
    public void A_file_that_was_cut_off_is_refused()
    {
        var path = Fixed();
        var whole = File.ReadAllBytes(path);
        for (var length = 8; length < whole.Length; length += 97)
        {
            File.WriteAllBytes(path, whole[..length]);
            var error = Assert.Throws<InvalidDataException>(() =>
            {
                using var reader = RegionFeatureReader.Open(path);
                foreach (var id in reader.ImageIds) reader.Read(id);
            });
            Assert.StartsWith(path, error.Message);
        }
    }

    private string Fixed()
    {
        var path = _folder.File("train36.hdf5");
        (float Width, float Height)[] sizes = [(120, 60), (300, 90)];
        var spatial = new float[2, 2, 6];
        for (var i = 0; i < 2; i++)
        {
            for (var region = 0; region < 2; region++)
            {
                for (var side = 0; side < 4; side++) spatial[i, region, side] = Boxes[i, region, side] / (side % 2 == 0 ? sizes[i].Width : sizes[i].Height);
            }
        }

        new H5File
        {
            ["image_features"] = new float[,,] { { { 0, 1, 2 }, { 3, 4, 5 } }, { { 6, 7, 8 }, { 9, 10, 11 } } },
            ["image_bb"] = Boxes,
            ["spatial_features"] = spatial,
        }.Write(path);
        _folder.Write("train36_imgid2idx.pkl", MLNet.VisionLanguage.Checkpoints.PickleWriter.Dump(new Dictionary<object, object> { [7L] = 1, [391895L] = 0 }));
        return path;
    }
}
