using System.Diagnostics;
using System.Text.RegularExpressions;
using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.VisionLanguage.Tests.Regions;
using MLNet.VisionLanguage.Tests.Support;
using MLNet.VisionLanguage.Tests.Training;
using Xunit;

namespace MLNet.VisionLanguage.Tests.Tool;

public sealed class ExtractCommandTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    public static TheoryData<string> Formats => RegionFormatTests.Formats;

    [Theory]
    [MemberData(nameof(Formats))]
    public void Cells_of_a_folder_are_extracted_once(string extension)
    {
        var (images, output) = (Images(7), _folder.File("features" + extension));
        string[] extract = ["extract", "--images", images, "--grid", "2", "--cell-size", "4", "--output", output];
        var run = ToolRun.Run(extract);
        Assert.True(run.Code == 0, run.Error);
        Assert.Matches(@"wrote 7 images to .*, which has 7, [0-9.]+ images/s", run.Error);
        using (var reader = RegionFeatureReader.Open(output))
        {
            var ml = new MLContext();
            var row = ml.Data.LoadFromEnumerable([new { ImagePath = Path.Combine(images, "3.png") }]);
            var cells = ml.Transforms.LoadImageFiles("Image", "", "ImagePath").Append(ml.Transforms.ExtractGridFeatures("Image", grid: 2, cellSize: 4))
                .Fit(row).Transform(row);
            Assert.Equal(cells.GetColumn<float[]>("RegionFeatures").Single(), reader.Read("3").Features);
            Assert.Equal(cells.GetColumn<float[]>("RegionBoxes").Single(), reader.Read("3").Boxes);
            Assert.Equal((16, 16), (reader.Read("3").Width, reader.Read("3").Height));
        }

        ColourQuestions.WriteImage(Path.Combine(images, "more.png"), [1, 2, 3], seed: 9);
        run = ToolRun.Run(extract);
        Assert.Contains("7 of 8 images are in", run.Error);
        Assert.Contains("wrote 1 images", run.Error);
        Assert.Equal(8, ToolRun.Run("inspect", output, "--json").Json().GetProperty("rows").GetInt32());
    }

    [Fact]
    public void A_model_file_is_a_detector()
    {
        var (images, zip) = (Images(3), _folder.File("model.zip"));
        var ml = new MLContext();
        var rows = ml.Data.LoadFromEnumerable([new { ImagePath = Path.Combine(images, "0.png") }]);
        var model = ml.Transforms.LoadImageFiles("Image", "", "ImagePath").Append(ml.Transforms.ExtractGridFeatures("Image", grid: 3, cellSize: 2)).Fit(rows);
        ml.VisionLanguage().Save(model, rows.Schema, zip);
        var run = ToolRun.Run("extract", "--images", images, "--detector", zip, "--output", _folder.File("f.tsv"));
        Assert.True(run.Code == 0, run.Error);
        using var reader = RegionFeatureReader.Open(_folder.File("f.tsv"));
        Assert.Equal((9, 12), (reader.Read("2").Count, reader.FeatureSize));
        ToolRun.Run("extract", "--images", images, "--detector", zip, "--grid", "3", "--output", _folder.File("g.tsv"))
            .AssertFailed(2, "--detector", "--grid exclude each other");
    }

    [Fact]
    public void What_cannot_be_extracted_is_told()
    {
        var images = Images(2);
        ToolRun.Run("extract", "--images", images, "--detector", "nothing", "--output", _folder.File("f.tsv")).AssertFailed(1, "'nothing' is none of grid");
        ToolRun.Run("extract", "--images", images, "--output", _folder.File("f.csv")).AssertFailed(1, "not written as '.csv'");
        ToolRun.Run("extract", "--images", _folder.File("none"), "--output", _folder.File("f.tsv")).AssertFailed(1, "none");
        File.WriteAllText(Path.Combine(images, "bad.png"), "no picture");
        ToolRun.Run("extract", "--images", images, "--output", _folder.File("f.tsv")).AssertFailed(1, "bad.png");
        var run = ToolRun.Run("extract", "--images", images, "--skip-problems", "--output", _folder.File("f.tsv"));
        Assert.Contains("left 1 of 3 images out", run.Error);
        Directory.CreateDirectory(Path.Combine(images, "deeper"));
        File.Copy(Path.Combine(images, "1.png"), Path.Combine(images, "deeper", "1.png"));
        ToolRun.Run("extract", "--images", images, "--skip-problems", "--output", _folder.File("f.tsv")).AssertLastLine(1, "two images named '1'");
    }

    /// <summary>Returns when a file is there, or will never be.</summary>
    private void WaitFor(string path, Process process)
    {
        using var watcher = new FileSystemWatcher(_folder.Path) { IncludeSubdirectories = true, EnableRaisingEvents = true };
        var clock = Stopwatch.StartNew();
        while (!File.Exists(path) && !process.HasExited && clock.Elapsed < TimeSpan.FromMinutes(2)) watcher.WaitForChanged(WatcherChangeTypes.All, 100);
    }

    [Theory]
    [InlineData("features.safetensors", "features-00001.safetensors", "features-00003.safetensors")]
    [InlineData("features.lmdb", "features.lmdb.parts/regions-00001.safetensors", "features.lmdb.parts/regions-00002.safetensors")]
    public void A_thousand_images_killed_twice_end_complete_and_once_each(string name, params string[] killAt)
    {
        var (images, output) = (Images(1000), _folder.File(name));
        string[] extract = ["extract", "--images", images, "--grid", "2", "--cell-size", "8", "--output", output];
        foreach (var file in killAt)
        {
            using var process = TrainingProcess.Start(["vl", .. extract]);
            WaitFor(_folder.File(file), process);
            process.Kill();
            process.WaitForExit();
            Assert.NotEqual(0, process.ExitCode);
        }

        var run = ToolRun.Run(extract);
        Assert.True(run.Code == 0, run.Error);
        var known = Regex.Match(run.Error, @"(\d+) of 1000 images are in");
        Assert.InRange(int.Parse(known.Groups[1].Value), 256, 999);
        using var reader = RegionFeatureReader.Open(output);
        Assert.Equal(1000, reader.ReadAll().Select(regions => regions.ImageId).Distinct().Count());
        Assert.Equal(1000, reader.ImageIds.Count);
        Assert.Empty(new DirectoryInfo(_folder.Path).GetFiles("*.tmp", SearchOption.AllDirectories));
    }

    private string Images(int count)
    {
        var folder = Directory.CreateDirectory(_folder.File("images")).FullName;
        for (var i = 0; i < count; i++) ColourQuestions.WriteImage(Path.Combine(folder, $"{i}.png"), [(byte)i, 100, 20], seed: i);
        return folder;
    }
}
