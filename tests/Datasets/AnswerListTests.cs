using System.IO.Compression;
using MLNet.VisionLanguage.Tests.Checkpoints;
using MLNet.VisionLanguage.Tests.Support;
using Xunit;
using TextEncoding = System.Text.Encoding;

namespace MLNet.VisionLanguage.Tests.Datasets;

/// <summary>Lists of answers in the forms that the references have them in.</summary>
public sealed class AnswerListTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Theory]
    [InlineData("yes\nno\nred car\n")]
    [InlineData("\uFEFFyes\r\n no \r\nred car\r\n\r\n\n")]
    [InlineData("""["yes", "no", "red car"]""")]
    [InlineData("\uFEFF\n[\"yes\",\n\"no\", \"red car\"]")]
    [InlineData("""{"no": 1, "yes": 0, "red car": 2}""")]
    [InlineData("""{"2": "red car", "0": "yes", "1": "no"}""")]
    [InlineData("""[{"ans": "yes", "dsets": ["vqa"]}, {"ans": "no"}, {"answer": "red car"}]""")]
    [InlineData("""{"model_type": "vilt", "id2label": {"0": "yes", "1": "no", "2": "red car"}}""")]
    [InlineData("""{"label2ans": ["yes", "no", "red car"]}""")]
    [InlineData("{\"answer\": \"yes\", \"label\": 0}\n{\"answer\": \"red car\", \"label\": 2}\n{\"answer\": \"no\", \"label\": 1}\n")]
    [InlineData("(lp0\nVyes\np1\naVno\np2\naVred car\np3\na.")]
    [InlineData("(lp1\nS'yes'\np2\naS'no'\np3\naS\"red car\"\np4\na.")]
    [InlineData("(dp0\nVno\np1\nI1\nsVyes\np2\nI0\nsVred car\np3\nI2\ns.")]
    [InlineData("(dp0\nI1\nVno\np1\nsI0\nVyes\np2\nsI2\nVred car\np3\ns.")]
    public void Every_form_gives_the_same_list(string content)
    {
        string[] expected = ["yes", "no", "red car"];
        var bytes = TextEncoding.UTF8.GetBytes(content);
        Assert.Equal(expected, AnswerList.Load(_folder.Write("answers", bytes)));
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest, leaveOpen: true))
            gzip.Write(bytes);
        Assert.Equal(expected, AnswerList.Load(_folder.Write("answers.gz", packed.ToArray())));
    }

    [Fact]
    public void Binary_pickles_are_read()
    {
        var list = new PickleBuilder(3).Raw(']').Raw('(').Text("ja").Raw((byte)'U', 5).Raw("caf\u00e9"u8).Raw((byte)'C', 2)
            .Raw("no"u8).Raw('e').Stop();
        Assert.Equal(["ja", "caf\u00e9", "no"], AnswerList.Load(_folder.Write("a.pkl", list)));
        var tuple = new PickleBuilder(4).Raw(0x95, 9, 0, 0, 0, 0, 0, 0, 0).Text("a").Text("b").Raw(0x86).Stop();
        Assert.Equal(["a", "b"], AnswerList.Load(_folder.Write("a.pkl", tuple)));
        var dict = new PickleBuilder().Global("collections", "defaultdict").Global("builtins", "int").Raw(0x85).Raw('R').Text("b")
            .Int(1).Raw('s').Text("a").Int(0).Raw('s').Stop();
        Assert.Equal(["a", "b"], AnswerList.Load(_folder.Write("a.pkl", dict)));
        Assert.Equal(["x"], AnswerList.Load(_folder.Write("a.pkl", [.. "]q"u8, 0, .. "U"u8, 1, .. "xa."u8])));
    }

    [Fact]
    public void The_empty_answer_of_the_reference_is_kept()
    {
        Assert.Equal(["", "woods"], AnswerList.Load(_folder.Write("a", """["", "woods"]"""u8)));
        Assert.Equal(["", "woods"], AnswerList.Load(_folder.Write("a", """{"woods": 1, "": 0}"""u8)));
        Assert.Equal(["", "woods"], AnswerList.Load(_folder.Write("a", "\nwoods\n\n"u8)));
    }

    public static TheoryData<byte[], string> Others => new()
    {
        { [], "empty" },
        { "\n\n"u8.ToArray(), "no answer" },
        { "[]"u8.ToArray(), "no answer" },
        { "['yes', 'no']"u8.ToArray(), "JSON" },
        { "[\"yes\", 2]"u8.ToArray(), "entry 2" },
        { "[\"yes\""u8.ToArray(), "JSON" },
        { "[\"a\", \"a\"]"u8.ToArray(), "'a', stands there twice" },
        { "a\nb\na\n"u8.ToArray(), "answer 3" },
        { "{\"a\": 0, \"b\": 2}"u8.ToArray(), "label 1" },
        { "{\"a\": 0, \"b\": 0}"u8.ToArray(), "label 0" },
        { "{\"annotations\": [{\"question_id\": 1}]}"u8.ToArray(), "'annotations'" },
        { "{\"a\": 0.5}"u8.ToArray(), "'a'" },
        { "yes\t12\nno\t3\n"u8.ToArray(), "line 1" },
        { "yes\n\u00ff"u8.ToArray()[..5], "line 2" },
        { [0, 1, 2, 3], "line 1" },
        { "PK\u0003\u0004 etc"u8.ToArray(), "zip" },
        { TextEncoding.UTF8.GetBytes(new string('a', 2000)), "2000 bytes" },
        { [0x1f, 0x8b, 8, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9], "gzip" },
        { new PickleBuilder().Global("numpy.core.multiarray", "_reconstruct").Raw(')').Raw('R').Stop(),
            "numpy.core.multiarray._reconstruct" },
        { new PickleBuilder().Raw(']').Global("os", "system").Text("echo").Raw(0x85).Raw('R').Raw('a').Stop(), "os.system" },
        { new PickleBuilder().Raw(']').Int(5).Raw('a').Stop(), "entry 1" },
        { new PickleBuilder().Raw('}').Text("a").Raw('N').Raw('s').Stop(), "'a'" },
        { new PickleBuilder().Raw(']').Text("a").Raw('a').Stop()[..^1], "pickle" },
        { new PickleBuilder().Raw('}').Raw((byte)'q', 0).Text("label2ans").Raw('}').Text("label2ans").Raw((byte)'h', 0).Raw('s')
            .Raw('s').Stop(), "dictionary" },
    };

    [Theory]
    [MemberData(nameof(Others))]
    public void What_is_no_list_is_refused_by_name(byte[] content, string why)
    {
        var path = _folder.Write("what.pkl", content);
        var error = Assert.Throws<InvalidDataException>(() => AnswerList.Load(path));
        Assert.Contains("what.pkl", error.Message);
        Assert.Contains(why, error.Message);
    }

    [Fact]
    public void A_missing_file_is_missing() => Assert.Throws<FileNotFoundException>(() => AnswerList.Load(_folder.File("nowhere.json")));

    [SkippableTheory]
    [InlineData("vqa", 3129)]
    [InlineData("gqa", 1842)]
    public void The_files_of_a_reference_agree(string dataset, int count)
    {
        var folder = TestData.SharedData(Path.Combine("lxmert_json", dataset));
        var list = AnswerList.Load(Path.Combine(folder, "trainval_label2ans.json"));
        Assert.Equal(count, list.Count);
        Assert.Equal(list, AnswerList.Load(Path.Combine(folder, "trainval_ans2label.json")));
        Assert.Equal(9500, AnswerList.Load(Path.Combine(folder, "..", "lxmert", "all_ans.json")).Count);
    }

    public void Dispose() => _folder.Dispose();
}
