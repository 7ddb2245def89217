using MLNet.VisionLanguage.Tests.Support;
using Xunit;

namespace MLNet.VisionLanguage.Tests.Datasets;

public sealed class SubmissionFilesTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string Path => _folder.File("submission");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Gqa()
    {
        SubmissionFiles.WriteGqa(Path, [("201", "yes"), ("202", "café")]);
        Assert.Equal("""[{"questionId":"201","prediction":"yes"},{"questionId":"202","prediction":"café"}]""", File.ReadAllText(Path));
    }

    [Fact]
    public void Nlvr2()
    {
        SubmissionFiles.WriteNlvr2(Path, [("dev-1-0-0", true), ("dev-1-1-0", false)]);
        Assert.Equal("dev-1-0-0,True\ndev-1-1-0,False\n", File.ReadAllText(Path));
    }

    [Fact]
    public void Vcr()
    {
        float[] row = [0.25f, 0.5f, 0.125f, 0.125f];
        SubmissionFiles.WriteVcr(Path, [new("test-0", [1, 0, 0, 0], [row, row, row, row])]);
        var lines = File.ReadAllLines(Path);
        Assert.Equal(2, lines.Length);
        Assert.StartsWith("annot_id,answer_0,answer_1,answer_2,answer_3,rationale_conditioned_on_a0_0,rationale_conditioned_on_a0_1,", lines[0]);
        Assert.EndsWith(",rationale_conditioned_on_a3_2,rationale_conditioned_on_a3_3", lines[0]);
        Assert.Equal("test-0,1,0,0,0" + string.Concat(Enumerable.Repeat(",0.25,0.5,0.125,0.125", 4)), lines[1]);
        Assert.Equal(lines[0].Split(',').Length, lines[1].Split(',').Length);
        Assert.Throws<ArgumentException>(() => SubmissionFiles.WriteVcr(Path, [new("test-0", [1, 0, 0], [row, row, row, row])]));
    }

    [Fact]
    public void Entailment()
    {
        SubmissionFiles.WriteSnliVe(Path, [("77.jpg#0r1n", "neutral")]);
        Assert.Equal("""{"pairID":"77.jpg#0r1n","gold_label":"neutral"}""" + "\n", File.ReadAllText(Path));
    }

    [Fact]
    public void Referring()
    {
        SubmissionFiles.WriteRefCoco(Path, [("7", [1.5f, 2, 11.5f, 22]), ("07", [0, 0, 1, 1])]);
        Assert.Equal("""{"predictions":[{"sent_id":7,"box":[1.5,2,10,20]},{"sent_id":"07","box":[0,0,1,1]}]}""", File.ReadAllText(Path));
        Assert.Throws<ArgumentException>(() => SubmissionFiles.WriteRefCoco(Path, [("7", [1, 2, 3])]));
    }

    [Fact]
    public void Choices()
    {
        SubmissionFiles.WriteChoices(Path, [("31", [0.5f, 0.25f])]);
        Assert.Equal("""[{"question_id":"31","answer":[0.5,0.25]}]""", File.ReadAllText(Path));
    }

    [Fact]
    public void A_failed_write_leaves_the_old_file_alone()
    {
        SubmissionFiles.WriteNlvr2(Path, [("a", true)]);
        Assert.Throws<ArgumentException>(() => SubmissionFiles.WriteNlvr2(Path, [("b", true), ("c,d", true)]));
        Assert.Equal("a,True\n", File.ReadAllText(Path));
        Assert.Equal([Path], Directory.GetFiles(_folder.Path));
    }
}
