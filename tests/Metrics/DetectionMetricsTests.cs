using System.Globalization;
using System.Text.Json;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.TorchSharp;
using MLNet.VisionLanguage.Tests.Support;
using Xunit;

namespace MLNet.VisionLanguage.Tests.Metrics;

/// <summary>COCO's and Pascal VOC's figures: those that the references publish, and others worked out by hand.</summary>
public sealed class DetectionMetricsTests : IDisposable
{
    private readonly MLContext _ml = new(seed: 1);
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [SkippableFact]
    public void Cocos_twelve_figures_are_those_of_pycocotools()
    {
        var folder = TestData.SharedData("detection");
        using var expected = JsonDocument.Parse(File.ReadAllText(Path.Combine(folder, "expected.json")));
        var fake = expected.RootElement.GetProperty("cocoapi_fake100");
        var rows = CocoDetectionDataset.Load(
            Path.Combine(folder, fake.GetProperty("gt").GetString()!), Path.Combine(folder, fake.GetProperty("bbox").GetProperty("dt").GetString()!));
        var metrics = _ml.VisionLanguage().EvaluateDetection(rows.ToDataView(_ml), crowdColumnName: "Crowd", areaColumnName: "Areas");

        Assert.Equal(fake.GetProperty("keys").EnumerateArray().Select(key => key.GetString()), metrics.Figures.Select(figure => figure.Key));
        Assert.All(
            fake.GetProperty("bbox").GetProperty("values").EnumerateArray().Zip(metrics.Figures),
            pair => Assert.Equal(pair.First.GetDouble(), pair.Second.Value, 1e-9));
        Assert.Equal(100, metrics.Count);
        Assert.Equal(metrics.AveragePrecision, metrics.PerClass.Values.Average(), 1e-9);
    }

    [SkippableFact]
    public void Pascal_vocs_figures_are_those_of_the_review()
    {
        var folder = TestData.SharedData("detection");
        using var expected = JsonDocument.Parse(File.ReadAllText(Path.Combine(folder, "expected.json")));
        var rows = VocDetectionDataset.Load(
            Path.Combine(folder, "review_metrics", "voc_case_1", "gts"), Path.Combine(folder, "review_metrics", "voc_case_1", "dets"));
        var metrics = _ml.VisionLanguage().EvaluateDetection(rows.ToDataView(_ml));
        foreach (var (name, elevenPoints) in new[] { ("eleven_point", true), ("every_point", false) })
        {
            foreach (var figure in expected.RootElement.GetProperty("voc_case_1").GetProperty(name).EnumerateObject())
            {
                var found = metrics.PascalVoc(double.Parse(figure.Name, CultureInfo.InvariantCulture), elevenPoints);
                Assert.Equal(figure.Value.GetDouble(), Assert.Single(found).Value, 1e-9);
            }
        }
    }

    /// <summary>One cat of two is found, by the surer of two boxes; the dog is found at an overlap of 0.72.</summary>
    [Fact]
    public void Figures_by_hand()
    {
        var metrics = _ml.VisionLanguage().EvaluateDetection(View(Sample()));
        Assert.Equal(((0.5050 + 1) / 2, (0.5050 + 0) / 2), (Math.Round(metrics.AveragePrecision50, 4), Math.Round(metrics.AveragePrecision75, 4)));
        Assert.Equal((0.505 + 0.5) / 2, metrics.AveragePrecision, 1e-3);
        Assert.Equal((0.5 + 0.5) / 2, metrics.AverageRecall100, 1e-9);
        Assert.Equal(-1, metrics.AveragePrecisionLarge);
        Assert.Equal(metrics.AveragePrecision, metrics.AveragePrecisionSmall, 1e-9);
        var voc = metrics.PascalVoc();
        Assert.Equal((0.5, 1), (voc["cat"], voc["dog"]));
    }

    [Fact]
    public void A_crowd_is_neither_right_nor_wrong()
    {
        var row = new Row
        {
            Labels = ["cat", "cat"],
            Boxes = [0, 0, 10, 10, 100, 100, 200, 200],
            Crowd = [0, 1],
            PredictedLabel = ["cat", "cat", "cat"],
            PredictedBoundingBoxes = [100, 100, 120, 130, 130, 100, 150, 120, 0, 0, 10, 10],
            Score = [0.9f, 0.8f, 0.7f],
        };
        Assert.Equal(1, _ml.VisionLanguage().EvaluateDetection(View(row), crowdColumnName: "Crowd").AveragePrecision, 1e-9);
        Assert.InRange(_ml.VisionLanguage().EvaluateDetection(View(row)).AveragePrecision, 0.01, 0.5);
    }

    [Fact]
    public void Areas_say_what_is_small()
    {
        var row = new Row
        {
            Labels = ["cat"],
            Boxes = [0, 0, 50, 50],
            Areas = [900],
            PredictedLabel = ["cat"],
            PredictedBoundingBoxes = [0, 0, 50, 50],
            Score = [1],
        };
        var metrics = _ml.VisionLanguage().EvaluateDetection(View(row), areaColumnName: "Areas");
        Assert.Equal((1, -1), (Math.Round(metrics.AveragePrecisionSmall, 9), metrics.AveragePrecisionMedium));
    }

    [Fact]
    public void Keys_are_labels_too()
    {
        var rows = View(Sample());
        var keyed = _ml.Transforms.Conversion.MapValueToKey("Labels").Append(_ml.Transforms.Conversion.MapValueToKey("PredictedLabel")).Fit(rows).Transform(rows);
        Assert.Equal(_ml.VisionLanguage().EvaluateDetection(rows).Figures, _ml.VisionLanguage().EvaluateDetection(keyed).Figures);
    }

    /// <summary>ML.NET's evaluator takes the columns under the same names; of overlaps far from a threshold both say the same.</summary>
    [Fact]
    public void The_columns_are_those_of_ml_nets_object_detection()
    {
        var rows = View(Sample());
        var theirs = _ml.MulticlassClassification.EvaluateObjectDetection(
            rows, rows.Schema["Labels"], rows.Schema["Boxes"], rows.Schema["PredictedLabel"], rows.Schema["PredictedBoundingBoxes"], rows.Schema["Score"]);
        Assert.Equal(_ml.VisionLanguage().EvaluateDetection(rows).AveragePrecision50, theirs.MAP50, 0.01);
    }

    [Fact]
    public void Columns_that_do_not_fit_are_named()
    {
        Assert.Equal("EvaluateDetection: row 0: column 'Boxes' is of 1 objects, 'Labels' of 2.", Problem(new Row { Labels = ["a", "b"], Boxes = [0, 0, 1, 1] }));
        Assert.Equal(
            "EvaluateDetection: row 0: column 'Score' is of 0 objects, 'PredictedLabel' of 1.",
            Problem(new Row { PredictedLabel = ["a"], PredictedBoundingBoxes = [0, 0, 1, 1] }));
        Assert.Contains("'Labels'", Assert.Throws<ArgumentException>(() => _ml.VisionLanguage().EvaluateDetection(View(new Row()), labelColumnName: "Score")).Message
            .Replace("'Score'", "'Labels'", StringComparison.Ordinal));

        string Problem(Row row) => Assert.Throws<InvalidOperationException>(() => _ml.VisionLanguage().EvaluateDetection(View(row))).Message;
    }

    [Fact]
    public void Vocs_own_files_are_read()
    {
        var (annotations, results) = (Directory.CreateDirectory(_folder.File("a")).FullName, Directory.CreateDirectory(_folder.File("r")).FullName);
        File.WriteAllText(Path.Combine(annotations, "2007_1.xml"), """
            <annotation><filename>2007_1.jpg</filename><size><width>500</width><height>375</height></size>
              <object><name>cat</name><difficult>0</difficult><bndbox><xmin>8</xmin><ymin>12</ymin><xmax>352</xmax><ymax>300</ymax></bndbox></object>
              <object><name>dog</name><difficult>1</difficult><bndbox><xmin>1</xmin><ymin>2</ymin><xmax>30</xmax><ymax>40</ymax></bndbox></object>
            </annotation>
            """);
        File.WriteAllText(Path.Combine(results, "comp4_det_test_cat.txt"), "2007_1 0.75 8 12 352 300\n");
        var row = Assert.Single(VocDetectionDataset.Load(annotations, results));
        Assert.Equal(("2007_1", "cat,dog", "0,1"), (row.ImageId, string.Join(',', row.Labels), string.Join(',', row.Crowd)));
        Assert.Equal([8f, 12, 352, 300, 1, 2, 30, 40], row.Boxes);
        Assert.Equal([500f, 375], row.ImageSize);
        Assert.Equal(("cat", 0.75f), (Assert.Single(row.PredictedLabel), Assert.Single(row.Score)));

        File.WriteAllText(Path.Combine(results, "comp4_det_test_dog.txt"), "2008_1 0.75 8 12 352 300\n");
        Assert.Contains("line 1: there is no image '2008_1'", Assert.Throws<InvalidDataException>(() => VocDetectionDataset.Load(annotations, results)).Message);
        File.WriteAllText(Path.Combine(annotations, "2007_2.xml"), "<annotation><object><name>cat</name></object></annotation>");
        Assert.Contains("2007_2.xml: object 0: 'bndbox' is missing", Assert.Throws<InvalidDataException>(() => VocDetectionDataset.Load(annotations)).Message);
        File.WriteAllText(Path.Combine(annotations, "2007_2.xml"), "<!DOCTYPE a [<!ENTITY e \"x\">]><annotation/>");
        Assert.Contains("2007_2.xml: it is no XML", Assert.Throws<InvalidDataException>(() => VocDetectionDataset.Load(annotations)).Message);
    }

    [Fact]
    public void Results_of_unknown_images_and_classes_are_refused()
    {
        var instances = _folder.File("instances.json");
        File.WriteAllText(instances, """
            {"images": [{"id": 7, "file_name": "a.jpg", "width": 20, "height": 10}], "categories": [{"id": 1, "name": "cat"}],
             "annotations": [{"image_id": 7, "category_id": 1, "bbox": [1, 2, 3, 4], "iscrowd": 0, "id": 5}]}
            """);
        var row = Assert.Single(CocoDetectionDataset.Load(instances));
        Assert.Equal([1f, 2, 4, 6], row.Boxes);
        Assert.Equal([12f], row.Areas);
        Assert.Contains("there is no image 8", Problem("""[{"image_id": 8, "category_id": 1, "bbox": [1, 2, 3, 4], "score": 1}]"""));
        Assert.Contains("there is no category 2", Problem("""[{"image_id": "7", "category_id": 2, "bbox": [1, 2, 3, 4], "score": 1}]"""));

        string Problem(string results)
        {
            File.WriteAllText(_folder.File("results.json"), results);
            return Assert.Throws<InvalidDataException>(() => CocoDetectionDataset.Load(instances, _folder.File("results.json"))).Message;
        }
    }

    [Fact]
    public void Files_of_LVIS_tell_more_and_a_folder_of_pictures_is_read_as_its_file()
    {
        const string json = """
            {"images": [{"id": 7, "coco_url": "http://images.example/train2017/a.jpg", "width": 20, "height": 10, "neg_category_ids": [2],
                         "not_exhaustive_category_ids": [1]}],
             "categories": [{"id": 1, "name": "cat", "frequency": "f"}, {"id": 2, "name": "emu", "frequency": "r"}],
             "annotations": [{"image_id": 7, "category_id": 1, "bbox": [1, 2, 3, 4], "id": 5}]}
            """;
        var instances = _folder.File("_annotations.coco.json");
        File.WriteAllText(instances, json);
        File.WriteAllBytes(_folder.File("a.jpg"), []);
        var row = Assert.Single(CocoDetectionDataset.Load(Path.GetDirectoryName(instances)!));
        Assert.Equal(_folder.File("a.jpg"), row.ImagePath);
        Assert.Equal(["emu"], row.NegativeLabels);
        Assert.Equal(["cat"], row.OpenLabels);
        Assert.Equal(new Dictionary<string, string> { ["cat"] = "f", ["emu"] = "r" }, CocoDetectionDataset.Frequencies(instances));
        File.WriteAllText(instances, json.Replace("[2]", "[3]", StringComparison.Ordinal));
        Assert.Contains("there is no category 3", Assert.Throws<InvalidDataException>(() => CocoDetectionDataset.Load(instances)).Message);
    }

    private static Row[] Sample() =>
    [
        new Row
        {
            Labels = ["cat", "dog"], Boxes = [0, 0, 10, 10, 10, 10, 20, 20],
            PredictedLabel = ["cat", "dog"], PredictedBoundingBoxes = [0, 0, 10, 10, 10, 10, 20, 17.2f], Score = [0.9f, 0.8f],
        },
        new Row { Labels = ["cat"], Boxes = [0, 0, 10, 10], PredictedLabel = ["cat"], PredictedBoundingBoxes = [20, 20, 30, 30], Score = [0.3f] },
    ];

    private IDataView View(params Row[] rows) => _ml.Data.LoadFromEnumerable(rows);

    private sealed class Row
    {
        public string[] Labels { get; set; } = [];

        public float[] Boxes { get; set; } = [];

        public float[] Crowd { get; set; } = [];

        public float[] Areas { get; set; } = [];

        public string[] PredictedLabel { get; set; } = [];

        public float[] PredictedBoundingBoxes { get; set; } = [];

        public float[] Score { get; set; } = [];
    }
}
