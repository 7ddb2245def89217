using MLNet.VisionLanguage.Tests.Support;
using Xunit;

namespace MLNet.VisionLanguage.Tests.GoldenRunners;

/// <summary>
/// LXMERT's feature file: every array of every image, and boxes scaled to 0..1 as its data set does. Its question items are not read
/// here.
/// </summary>
internal sealed class LxmertTsvRunner : IGoldenRunner
{
    public string System => "lxmert";

    public IReadOnlyCollection<string> Kinds => ["tsv"];

    public string Engine => "feature file";

    public void Run(GoldenCase c)
    {
        using var reader = BottomUpTsvReader.Open(Directory.GetFiles(c.Folder, "*.tsv").Single());
        var images = c.Json.GetProperty("images").EnumerateArray().ToList();
        Assert.Equal(images.Select(i => i.GetProperty("img_id").GetString()), reader.ImageIds);
        for (var i = 0; i < images.Count; i++)
        {
            var regions = reader.Read(reader.ImageIds[i]);
            Assert.Equal((images[i].GetProperty("img_w").GetInt32(), images[i].GetProperty("img_h").GetInt32()), (regions.Width, regions.Height));
            GoldenAssert.Close(c, $"{i}.features", regions.Features, [regions.Count, regions.FeatureSize]);
            GoldenAssert.Close(c, $"{i}.boxes", regions.Boxes, [regions.Count, 4]);
            GoldenAssert.Close(c, $"{i}.objects_conf", regions.ObjectConfidences!, [regions.Count]);
            GoldenAssert.Close(c, $"{i}.attrs_conf", regions.AttributeConfidences!, [regions.Count]);
            GoldenAssert.Equal(c.Outputs[$"{i}.objects_id"], regions.ObjectIds!, [regions.Count], c, $"{i}.objects_id");
            GoldenAssert.Equal(c.Outputs[$"{i}.attrs_id"], regions.AttributeIds!, [regions.Count], c, $"{i}.attrs_id");
        }
    }
}
