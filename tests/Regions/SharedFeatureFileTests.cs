using MLNet.VisionLanguage.Tests.Support;
using Xunit;

namespace MLNet.VisionLanguage.Tests.Regions;

/// <summary>Files that others wrote, in the data folder beside the repository.</summary>
public sealed class SharedFeatureFileTests
{
    [SkippableFact]
    public void Lxmerts_rows_decode_to_36_regions_of_2048_values()
    {
        using var reader = RegionFeatureReader.Open(TestData.SharedData("bua_features/train2014_obj36_rows1-7.tsv"));
        Assert.Equal(7, reader.ImageIds.Count);
        Assert.All(reader.ReadAll(), regions =>
        {
            Assert.Equal((36, 2048), (regions.Count, regions.FeatureSize));
            Assert.All(regions.Features, value => Assert.True(value >= 0));
            Assert.All(regions.ObjectIds!, id => Assert.InRange(id, 0, 1599));
            Assert.All(regions.AttributeIds!, id => Assert.InRange(id, 0, 399));
        });
    }

    [SkippableFact]
    public void Lxmerts_rows_go_through_every_format()
    {
        using var folder = new TemporaryFolder();
        using var reader = RegionFeatureReader.Open(TestData.SharedData("bua_features/train2014_obj36_rows1-7.tsv"));
        foreach (var extension in RegionFormatTests.Extensions)
        {
            var path = folder.File("features" + extension);
            using (var writer = RegionFeatureWriter.Create(path))
            {
                foreach (var regions in reader.ReadAll()) writer.Add(regions);
                writer.Complete();
            }

            using var again = RegionFeatureReader.Open(path);
            foreach (var regions in reader.ReadAll()) MadeRegions.AssertSame(regions, again.Read(regions.ImageId));
        }
    }

    [SkippableFact]
    public void An_array_of_pickled_objects_is_refused_with_the_reason()
    {
        var path = TestData.SharedData("bua_features/refcoco.npy");
        var error = Assert.Throws<InvalidDataException>(() => RegionFeatureReader.Open(path));
        Assert.StartsWith(path, error.Message);
        Assert.Contains("its elements are of type '|O'; numbers are expected, and these are Python objects in a pickle, which is not run", error.Message);
    }

    [SkippableFact]
    public void The_coordinates_of_allennlps_cache_are_read()
    {
        using var reader = RegionFeatureReader.Open(TestData.SharedData("bua_features/lmdb_allennlp/coordinates.mdb"));
        Assert.Equal(13, reader.ImageIds.Count);
        Assert.Equal(36, reader.Read("COCO_train2014_000000458752.jpg").Count);
        Assert.All(reader.ReadAll(), regions =>
        {
            Assert.InRange(regions.Count, 1, 100);
            Assert.Empty(regions.Features);
        });
    }
}
