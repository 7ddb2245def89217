using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.VisionLanguage.Tests.Support;
using Xunit;

namespace MLNet.VisionLanguage.Tests.Regions;

public sealed class LoadRegionFeaturesTests : IDisposable
{
    private static readonly float[] Boxes = [0, 0, 10, 20, 5, 6, 100, 50];

    private readonly TemporaryFolder _folder = new();
    private readonly MLContext _ml = new(1);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Adds_features_boxes_and_size()
    {
        var (data, paths) = Sample();
        var transformed = _ml.Transforms.LoadRegionFeatures(paths).Fit(data).Transform(data);

        Assert.Equal(["ImageId", "RegionFeatures", "RegionBoxes", "ImageSize"], transformed.Schema.Where(c => !c.IsHidden).Select(c => c.Name));
        Assert.False(((VectorDataViewType)transformed.Schema["RegionFeatures"].Type).IsKnownSize);
        Assert.False(((VectorDataViewType)transformed.Schema["RegionBoxes"].Type).IsKnownSize);
        Assert.Equal(2, ((VectorDataViewType)transformed.Schema["ImageSize"].Type).Size);
        Assert.Equal([[7f, 8, 9, 10], [1f, 2, 3, 4], [5f, 6]], transformed.GetColumn<float[]>("RegionFeatures"));
        Assert.Equal([Boxes, Boxes, Boxes[4..]], transformed.GetColumn<float[]>("RegionBoxes"));
        Assert.Equal([[120f, 60], [100f, 50], [110f, 55]], transformed.GetColumn<float[]>("ImageSize"));
    }

    [Fact]
    public void Takes_the_first_regions_under_chosen_names()
    {
        var (data, paths) = Sample();
        var options = new LoadRegionFeaturesOptions { RegionFeaturesColumnName = "f", RegionBoxesColumnName = "b", ImageSizeColumnName = "s", MaxRegions = 1, FeatureSize = 2 };
        var transformed = _ml.Transforms.LoadRegionFeatures(paths, "ImageId", options).Fit(data).Transform(data);
        Assert.Equal([[7f, 8], [1f, 2], [5f, 6]], transformed.GetColumn<float[]>("f"));
        Assert.Equal([Boxes[..4], Boxes[..4], Boxes[4..]], transformed.GetColumn<float[]>("b"));
    }

    [Fact]
    public void Survives_saving_and_plain_loading()
    {
        var (data, paths) = Sample();
        var model = _ml.Transforms.LoadRegionFeatures(paths).Fit(data);
        var zip = _folder.File("model.zip");
        _ml.Model.Save(model, data.Schema, zip);

        var other = new MLContext(2);
        var loaded = other.Model.Load(zip, out _);
        Assert.Equal(model.Transform(data).GetColumn<float[]>("RegionFeatures"), loaded.Transform(data).GetColumn<float[]>("RegionFeatures"));
        using var engine = other.Model.CreatePredictionEngine<Row, Found>(loaded);
        Assert.Equal([5f, 6], engine.Predict(new Row { ImageId = "b" }).RegionFeatures);

        var ours = other.VisionLanguage().Load(zip);
        var restored = Assert.IsType<LoadRegionFeaturesTransformer>(ours is IEnumerable<ITransformer> chain ? chain.Single() : ours);
        Assert.Equal(paths, restored.Paths);
        Assert.Equal("ImageId", restored.ImageIdColumnName);
    }

    [Fact]
    public void What_the_detector_says_makes_columns_where_they_are_named()
    {
        var (data, paths) = Sample();
        var options = new LoadRegionFeaturesOptions
        {
            MaxRegions = 1,
            RegionObjectsColumnName = "Objects",
            RegionObjectConfidencesColumnName = "ObjectConfidences",
            RegionAttributesColumnName = "Attributes",
            RegionAttributeConfidencesColumnName = "AttributeConfidences",
        };
        var model = _ml.Transforms.LoadRegionFeatures(paths, "ImageId", options).Fit(data);
        var zip = _folder.File("model.zip");
        _ml.Model.Save(model, data.Schema, zip);
        foreach (var loaded in new[] { model, new MLContext(2).Model.Load(zip, out _), new MLContext(3).VisionLanguage().Load(zip, paths) })
        {
            var transformed = loaded.Transform(data);
            Assert.Equal(
                ["ImageId", "RegionFeatures", "RegionBoxes", "ImageSize", "Objects", "ObjectConfidences", "Attributes", "AttributeConfidences"],
                transformed.Schema.Where(c => !c.IsHidden).Select(c => c.Name));
            Assert.Equal([[7f, 8], [1f, 2], [5f, 6]], transformed.GetColumn<float[]>("RegionFeatures"));
            Assert.Equal([[100L], [100L], [100L]], transformed.GetColumn<long[]>("Objects"));
            Assert.Equal([[0.5f], [0.5f], [0.5f]], transformed.GetColumn<float[]>("ObjectConfidences"));
            Assert.Equal([[200L], [200L], [200L]], transformed.GetColumn<long[]>("Attributes"));
            Assert.Equal([[0.25f], [0.25f], [0.25f]], transformed.GetColumn<float[]>("AttributeConfidences"));
        }

        var silent = _folder.Write("silent.tsv", System.Text.Encoding.UTF8.GetBytes(FeatureFile.Row("a", 100, 50, Boxes, [1, 2, 3, 4], 5, "")));
        var one = _ml.Data.LoadFromEnumerable([new Row { ImageId = "a" }]);
        var some = _ml.Transforms.LoadRegionFeatures([silent], "ImageId", new LoadRegionFeaturesOptions { RegionObjectsColumnName = "Objects" });
        Assert.Equal([[100L, 101]], some.Fit(one).Transform(one).GetColumn<long[]>("Objects"));
        options.MaxRegions = null;
        var without = _ml.Transforms.LoadRegionFeatures([silent], "ImageId", options).Fit(one).Transform(one);
        var error = RowErrors.Throws<InvalidOperationException>(() => without.GetColumn<long[]>("Objects").ToList());
        Assert.Contains("column 'Attributes': the feature file does not tell this of image 'a'", error.Message);
        options.RegionObjectsColumnName = "RegionBoxes";
        Assert.Throws<ArgumentException>(() => _ml.Transforms.LoadRegionFeatures(paths, "ImageId", options));
    }

    [Fact]
    public void The_first_images_of_a_file_may_be_all_that_is_read()
    {
        var (data, paths) = Sample();
        using (var reader = BottomUpTsvReader.Open(paths[0], maxImages: 1)) Assert.Equal(["a"], reader.ImageIds);
        var loaded = _ml.Transforms.LoadRegionFeatures(paths, "ImageId", new LoadRegionFeaturesOptions { MaxImages = 1 }).Fit(data).Transform(data);
        var error = RowErrors.Throws<InvalidOperationException>(() => loaded.GetColumn<float[]>("RegionFeatures").ToList());
        Assert.Contains("image 'b'", error.Message);
        Assert.Contains("(1 images)", error.Message);
        Assert.Throws<ArgumentOutOfRangeException>(() => BottomUpTsvReader.Open(paths[0], maxImages: 0));
    }

    [Fact]
    public void A_loaded_model_reads_the_files_where_they_are_now()
    {
        var (data, paths) = Sample();
        var zip = _folder.File("model.zip");
        var model = _ml.Transforms.LoadRegionFeatures(paths).Fit(data);
        _ml.Model.Save(model, data.Schema, zip);
        var before = model.Transform(data).GetColumn<float[]>("RegionFeatures").ToList();
        Directory.CreateDirectory(_folder.File("moved"));
        string[] moved = [.. paths.Select(path => _folder.File($"moved/{Path.GetFileName(path)}"))];
        foreach (var (from, to) in paths.Zip(moved)) File.Move(from, to);

        var loaded = new MLContext().VisionLanguage().Load(zip, moved);
        Assert.Equal(before, loaded.Transform(data).GetColumn<float[]>("RegionFeatures"));
        var again = _folder.File("again.zip");
        _ml.Model.Save(loaded, data.Schema, again);
        Assert.Equal(before, new MLContext().Model.Load(again, out _).Transform(data).GetColumn<float[]>("RegionFeatures"));

        Assert.Contains(paths[0], Assert.Throws<FileNotFoundException>(() => _ml.VisionLanguage().Load(zip, paths)).Message);
        Assert.Throws<ArgumentException>(() => _ml.VisionLanguage().Load(zip, []));
        var other = _folder.File("other.zip");
        _ml.Model.Save(_ml.Transforms.CopyColumns("Copy", "ImageId").Fit(data), data.Schema, other);
        Assert.Contains("reads no feature files", Assert.Throws<ArgumentException>(() => _ml.VisionLanguage().Load(other, moved)).Message);
    }

    [Fact]
    public void A_file_that_is_gone_is_named_at_first_use()
    {
        var (data, paths) = Sample();
        var zip = _folder.File("model.zip");
        _ml.Model.Save(_ml.Transforms.LoadRegionFeatures([paths[1]]).Fit(data), data.Schema, zip);
        File.Delete(paths[1]);
        var transformed = new MLContext().Model.Load(zip, out _).Transform(data);
        var error = RowErrors.Throws<FileNotFoundException>(() => transformed.GetColumn<float[]>("RegionFeatures").ToList());
        Assert.Contains(paths[1], error.Message);
        Assert.Contains(paths[1], Assert.Throws<FileNotFoundException>(() => _ml.Transforms.LoadRegionFeatures([paths[1]]).Fit(data)).Message);
    }

    [Fact]
    public void Rows_that_do_not_fit_are_named()
    {
        var (data, paths) = Sample();
        var unknown = _ml.Data.LoadFromEnumerable([new Row { ImageId = "zzz" }]);
        var model = _ml.Transforms.LoadRegionFeatures(paths).Fit(data);
        var error = RowErrors.Throws<InvalidOperationException>(() => model.Transform(unknown).GetColumn<float[]>("RegionBoxes").ToList());
        Assert.Contains("image 'zzz' of column 'ImageId' is in none of the feature files", error.Message);
        Assert.Contains($"{paths[0]} (2 images)", error.Message);

        var sized = _ml.Transforms.LoadRegionFeatures(paths, "ImageId", options: new() { FeatureSize = 2048 }).Fit(data).Transform(data);
        var wide = RowErrors.Throws<InvalidDataException>(() => sized.GetColumn<float[]>("ImageSize").ToList());
        Assert.Contains("2 values each but 2048 are expected", wide.Message);
    }

    [Fact]
    public void Columns_and_options_are_checked()
    {
        var (data, paths) = Sample();
        Assert.Contains("there is no column 'Image'", Assert.Throws<ArgumentException>(() => _ml.Transforms.LoadRegionFeatures(paths, "Image").Fit(data)).Message);
        Assert.Throws<ArgumentException>(() => _ml.Transforms.LoadRegionFeatures([], "ImageId"));
        Assert.Throws<ArgumentException>(() => _ml.Transforms.LoadRegionFeatures(paths, "ImageId", options: new() { RegionBoxesColumnName = "ImageSize" }));
        Assert.Throws<ArgumentOutOfRangeException>(() => _ml.Transforms.LoadRegionFeatures(paths, "ImageId", options: new() { MaxRegions = 0 }));
    }

    [Fact]
    public void An_image_of_two_files_is_read_once_or_named()
    {
        var (data, paths) = Sample();
        File.Copy(paths[0], _folder.File("copy.tsv"));
        var same = _ml.Transforms.LoadRegionFeatures([.. paths, _folder.File("copy.tsv")]).Fit(data).Transform(data);
        Assert.Equal([[7f, 8, 9, 10], [1f, 2, 3, 4], [5f, 6]], same.GetColumn<float[]>("RegionFeatures"));

        var other = _folder.Write("other.tsv", System.Text.Encoding.UTF8.GetBytes(FeatureFile.Row("a", 100, 50, Boxes, [1, 2, 3, 5])));
        var model = _ml.Transforms.LoadRegionFeatures([.. paths, other]).Fit(data);
        var whole = _ml.Data.LoadFromEnumerable([new Row { ImageId = "b" }]);
        Assert.Equal([[5f, 6]], model.Transform(whole).GetColumn<float[]>("RegionFeatures"));
        var error = RowErrors.Throws<InvalidDataException>(() => model.Transform(data).GetColumn<float[]>("RegionFeatures").ToList());
        Assert.Equal($"{other}: line 1: image 'a' has other content here than in {paths[0]}: line 1.", error.Message);
    }

    [Theory]
    [InlineData("7", "COCO_val2014_000000000007")]
    [InlineData("COCO_val2014_000000000007", "7")]
    [InlineData("scene_7", "scene_7")]
    [InlineData("07", "scene_007")]
    public void An_identifier_finds_its_image(string id, string name)
    {
        var path = _folder.Write("f.tsv", System.Text.Encoding.UTF8.GetBytes(FeatureFile.Row(name, 100, 50, Boxes, [1, 2])));
        var data = _ml.Data.LoadFromEnumerable([new Row { ImageId = id }]);
        var found = _ml.Transforms.LoadRegionFeatures([path]).Fit(data).Transform(data);
        Assert.Equal([[1f, 2]], found.GetColumn<float[]>("RegionFeatures"));
    }

    private (IDataView Data, string[] Paths) Sample()
    {
        string[] rows = [FeatureFile.Row("a", 100, 50, Boxes, [1, 2, 3, 4]), FeatureFile.Row("b", 110, 55, Boxes[4..], [5, 6])];
        string[] paths =
        [
            _folder.Write("one.tsv", System.Text.Encoding.UTF8.GetBytes(string.Join("\r\n", rows))),
            _folder.Write("two.tsv", System.Text.Encoding.UTF8.GetBytes(FeatureFile.Row("c", 120, 60, Boxes, [7, 8, 9, 10]) + "\n")),
        ];
        return (_ml.Data.LoadFromEnumerable(new[] { "c", "a", "b" }.Select(i => new Row { ImageId = i }).ToArray()), paths);
    }

    private sealed class Row
    {
        public string ImageId { get; set; } = "";
    }

    private sealed class Found
    {
        public float[] RegionFeatures { get; set; } = [];
    }
}
