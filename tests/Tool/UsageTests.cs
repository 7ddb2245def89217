using Xunit;

namespace MLNet.VisionLanguage.Tests.Tool;

public class UsageTests
{
    [Theory]
    [InlineData("", "vl --help")]
    [InlineData("tokenise", "'tokenise'")]
    [InlineData("train", "vl train --help")]
    [InlineData("tokenize --input a.jsonl", "--vocabulary")]
    [InlineData("tokenize --vocabulary v --input a --max-length many", "many")]
    [InlineData("score --model", "--model")]
    [InlineData("score --model m.zip", "--question")]
    [InlineData("score --model m.zip --question What?", "--image")]
    [InlineData("score --model m.zip --question What? --features f.tsv", "--image-id")]
    [InlineData("score --model m.zip --questions q.json --images .", "--output")]
    [InlineData("score --model m.zip --question What? --image i.png --top 0", "--top")]
    [InlineData("train vqa --output m.zip", "--questions")]
    [InlineData("train vqa --output m.zip --questions q.json --images .", "--annotations")]
    [InlineData("train vqa --output m.zip --questions q.json --annotations a.json", "--images or --features")]
    [InlineData("train vqa --output m.zip --layout vqa-v3 .", "vqa-v3")]
    [InlineData("train vqa --output m.zip --layout easy-vqa . --images .", "--images")]
    [InlineData("train vqa --output m.zip --layout easy-vqa . --held-out 1", "--held-out")]
    [InlineData("train vqa --output m.zip --layout easy-vqa . --device tpu", "tpu")]
    [InlineData("train vqa --output m.zip --layout easy-vqa . --epochs 0", "--epochs 0: at least 1 is needed")]
    [InlineData("train vqa --output m.zip --layout easy-vqa . --batch-size -1", "--batch-size -1: at least 1 is needed")]
    [InlineData("train multi-task --output nowhere --tasks nowhere.yml --epochs 0", "--epochs 0: at least 1 is needed")]
    [InlineData("train vqa --output m.zip --layout easy-vqa . --kind bert", "bert")]
    [InlineData("train multi-task --output nowhere --tasks nowhere.yml --kind bert", "bert")]
    [InlineData("evaluate vqa --annotations a.json", "--results")]
    [InlineData("evaluate vqa --results r.json", "--annotations")]
    [InlineData("evaluate vqa --results r.json --model m.zip", "--model")]
    [InlineData("convert --checkpoint c --config j --vocabulary v --answers a", "--output")]
    [InlineData("inspect", "inspect")]
    public void A_wrong_command_line_is_told_in_one_line(string arguments, string named) =>
        ToolRun.Run(arguments.Split(' ', StringSplitOptions.RemoveEmptyEntries)).AssertFailed(2, named);

    [Theory]
    [InlineData("inspect nowhere.bin", "nowhere.bin")]
    [InlineData("score --model nowhere.zip --question What? --features f.tsv --image-id 1", "nowhere.zip")]
    [InlineData("score --model nowhere.zip --question What? --image nowhere.png", "nowhere.png")]
    [InlineData("tokenize --vocabulary nowhere.txt --input a.jsonl", "nowhere.txt")]
    [InlineData("train vqa --output m.zip --layout easy-vqa nowhere", "nowhere")]
    [InlineData("train vqa --output nowhere/m.zip --layout easy-vqa .", "nowhere")]
    [InlineData("train vqa --output m.zip --layout easy-vqa . --vocabulary v.txt --init nowhere.bin", "nowhere.bin")]
    [InlineData("score --model m.zip --layout easy-vqa . --output nowhere/r.json", "nowhere")]
    [InlineData("evaluate vqa --annotations nowhere.json --results r.json", "nowhere.json")]
    [InlineData("convert --checkpoint nowhere.bin --config j --vocabulary v --answers a --output m.zip", "nowhere.bin")]
    public void A_missing_file_is_named(string arguments, string named) => ToolRun.Run(arguments.Split(' ')).AssertFailed(1, named);

    [SkippableTheory]
    [InlineData("train vqa --layout easy-vqa . --output /proc/m.zip", "--output: '/proc/m.zip'")]
    [InlineData("retrieve --model m.zip --query a --report /proc/m.html", "--report: '/proc/m.html'")]
    [InlineData("scenes --output /proc/scenes", "--output: '/proc/scenes'")]
    public void A_place_that_takes_no_files_is_told_before_the_work(string arguments, string named)
    {
        Skip.IfNot(Directory.Exists("/proc/self"), "needs /proc");
        ToolRun.Run(arguments.Split(' ')).AssertFailed(1, named, "cannot be written: the folder '/proc' takes no files.");
    }

    [Theory]
    [InlineData("--help", "tokenize")]
    [InlineData("train vqa --help", "--learning-rate")]
    public void Help_goes_to_the_output(string arguments, string named)
    {
        var run = ToolRun.Run(arguments.Split(' '));
        Assert.Equal(0, run.Code);
        Assert.Contains(named, run.Output);
    }

    [Fact]
    public void Verbose_adds_where_an_error_comes_from()
    {
        var run = ToolRun.Run("inspect", "nowhere.bin", "--verbose");
        Assert.Equal(1, run.Code);
        Assert.Contains("   at MLNet.VisionLanguage.Tool", run.Error);
    }
}
