using System.Diagnostics;
using MLNet.VisionLanguage.Tests.Regions;
using MLNet.VisionLanguage.Tests.Support;
using MLNet.VisionLanguage.Tests.Training;
using Xunit;

namespace MLNet.VisionLanguage.Tests.Tool.Sharding;

/// <summary>vl extract --shard and vl merge, against the file that one process writes.</summary>
public sealed class ShardedExtractionTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    public static TheoryData<string> Formats => RegionFormatTests.Formats;

    [Theory]
    [MemberData(nameof(Formats))]
    public void Merged_shards_are_the_file_of_one_process(string extension)
    {
        // More shards than images, so that some are empty, and names whose order is not that of their files.
        var (images, output) = (Images(3), _folder.File("all" + extension));
        Assert.Equal(0, Extract(images, output, null).Code);
        var shards = _folder.File(Path.Combine("shards", "all" + extension));
        for (var i = 3; i >= 0; i--) Assert.Equal(0, Extract(images, shards, $"{i}/4").Code);
        Merge(shards);
        AssertSame(output, shards);
        Merge(shards);
        AssertSame(output, shards);
    }

    [Fact]
    public void Features_of_16_bits_stay_as_they_are()
    {
        var (images, output, shards) = (Images(4), _folder.File("all.safetensors"), _folder.File(Path.Combine("shards", "all.safetensors")));
        Assert.Equal(0, Extract(images, output, null, "--float16").Code);
        for (var i = 0; i < 2; i++) Assert.Equal(0, Extract(images, shards, $"{i}/2", "--float16").Code);
        Merge(shards);
        AssertSame(output, shards);
    }

    [Theory]
    [InlineData(200)]
    public void Killed_shards_go_on_and_end_as_one_process(int count) => KillAndMerge(count);

    [Fact]
    [Trait(LongTier.Tier, LongTier.Long)]
    [Trait(LongTier.Part, "campaign")]
    public void Two_thousand_images_of_which_three_shards_were_killed_end_as_one_process() => KillAndMerge(2000);

    [Fact]
    public void Missing_shards_and_other_ones_are_told()
    {
        var (images, output) = (Images(4), _folder.File("f.safetensors"));
        ToolRun.Run("merge", "--output", output).AssertFailed(1, "no shard of it", "f.0-of-8.safetensors");
        Extract(images, output, "0/3");
        Extract(images, output, "2/3");
        ToolRun.Run("merge", "--output", output).AssertFailed(1, "1 of 3 shards is missing: 1/3");
        ToolRun.Run("extract", "--images", images, "--grid", "3", "--output", output, "--shard", "0/3").AssertFailed(1, "shard of something else", "grid 3");
        ToolRun.Run("extract", "--images", images, "--output", output, "--shard", "3/3").AssertFailed(2, "--shard 3/3");
        ColourQuestions.WriteImage(Path.Combine(images, "z.png"), [1, 2, 3], seed: 9);
        Extract(images, output, "0/3").AssertFailed(1, "4 items there, 5 here");
        File.Delete(Path.Combine(images, "z.png"));
        Assert.Contains("shard 0/3 is in", Extract(images, output, "0/3").Error);
        Extract(images, output, "1/3");

        // A copied shard: its images are not those of its place.
        File.Copy(_folder.File("f.0-of-3.safetensors.index.json"), _folder.File("f.1-of-3.safetensors.index.json"), overwrite: true);
        ToolRun.Run("merge", "--output", output).AssertFailed(1, "f.1-of-3.safetensors", "is missing");
        Extract(images, output, "0/2");
        ToolRun.Run("merge", "--output", output).AssertFailed(1, "shards of 2 and of 3");
    }

    [Fact]
    public void Images_that_cannot_be_read_are_left_out_by_their_shard()
    {
        var (images, output) = (Images(3), _folder.File("f.tsv"));
        File.WriteAllText(Path.Combine(images, "0.png"), "no picture");
        for (var i = 0; i < 4; i++) Assert.Equal(0, Extract(images, output, $"{i}/4", "--skip-problems").Code);
        Assert.Contains("wrote 2 images of 4 shards", Merge(output).Error);
    }

    private void KillAndMerge(int count)
    {
        var (images, output, shards) = (Images(count), _folder.File("all.tsv"), _folder.File(Path.Combine("shards", "all.tsv")));
        Assert.Equal(0, Extract(images, output, null).Code);
        Directory.CreateDirectory(_folder.File("shards"));
        foreach (var index in (int[])[1, 4, 6])
        {
            using var process = TrainingProcess.Start(["vl", .. Arguments(images, shards, $"{index}/8")]);
            var (file, clock) = (_folder.File(Path.Combine("shards", $"all.{index}-of-8.tsv")), Stopwatch.StartNew());
            while (!process.HasExited && clock.Elapsed < TimeSpan.FromMinutes(2) && !(File.Exists(file) && new FileInfo(file).Length > 0)) Thread.Sleep(1);
            process.Kill();
            process.WaitForExit();
        }

        for (var i = 0; i < 8; i++)
        {
            var run = Extract(images, shards, $"{i}/8");
            Assert.True(run.Code == 0, run.Error);
        }

        Merge(shards);
        AssertSame(output, shards);
        Assert.Empty(new DirectoryInfo(_folder.Path).GetFiles("*.lock", SearchOption.AllDirectories));
    }

    private static string[] Arguments(string images, string output, string? shard, params string[] further) =>
    [
        "extract", "--images", images, "--grid", "2", "--cell-size", "4", "--output", output, .. shard is null ? [] : (string[])["--shard", shard], .. further,
    ];

    private static ToolRun Extract(string images, string output, string? shard, params string[] further) =>
        ToolRun.Run(Arguments(images, output, shard, further));

    private static ToolRun Merge(string output)
    {
        var run = ToolRun.Run("merge", "--output", output);
        Assert.True(run.Code == 0, run.Error);
        return run;
    }

    /// <summary>All files of a file of features, byte for byte.</summary>
    private static void AssertSame(string expected, string found)
    {
        var own = Files(expected);
        Assert.NotEmpty(own);
        Assert.Equal(own, Files(found));
        foreach (var file in own)
        {
            Assert.Equal(
                File.ReadAllBytes(Path.Combine(Path.GetDirectoryName(expected)!, file)), File.ReadAllBytes(Path.Combine(Path.GetDirectoryName(found)!, file)));
        }
    }

    /// <summary>Files and those of folders whose name begins with that of the features, shards apart.</summary>
    private static List<string> Files(string path)
    {
        var folder = Path.GetDirectoryName(path)!;
        var files = Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Select(file => Path.GetRelativePath(folder, file));
        return [.. files.Where(file => file.StartsWith("all", StringComparison.Ordinal) && !file.Contains("-of-", StringComparison.Ordinal)).Order()];
    }

    private string Images(int count)
    {
        var folder = Directory.CreateDirectory(_folder.File("images")).FullName;
        for (var i = 0; i < count; i++)
            ColourQuestions.WriteImage(Path.Combine(folder, i % 2 == 0 ? $"{i}.png" : $"{i - 1}-b.png"), [(byte)i, 100, 20], seed: i);
        return folder;
    }
}
