using MLNet.VisionLanguage.Tests.Support;
using Xunit;
using TextEncoding = System.Text.Encoding;

namespace MLNet.VisionLanguage.Tests.Checkpoints;

/// <summary>What torch.save may write and the goldens do not show: views, other element types, wrappers, old and other forms.</summary>
public sealed class TorchFileTests : IDisposable
{
    private static readonly float[] Six = [0, 1, 2, 3, 4, 5];

    private readonly TemporaryFolder _folder = new();

    [Theory]
    [InlineData(0, new long[] { 2, 3 }, new long[] { 3, 1 }, new float[] { 0, 1, 2, 3, 4, 5 })]
    [InlineData(0, new long[] { 3, 2 }, new long[] { 1, 3 }, new float[] { 0, 3, 1, 4, 2, 5 })]
    [InlineData(1, new long[] { 2, 2 }, new long[] { 3, 1 }, new float[] { 1, 2, 4, 5 })]
    [InlineData(2, new long[] { 1, 3 }, new long[] { 99, 1 }, new float[] { 2, 3, 4 })]
    [InlineData(5, new long[] { 3 }, new long[] { 0 }, new float[] { 5, 5, 5 })]
    [InlineData(5, new long[0], new long[0], new float[] { 5 })]
    [InlineData(6, new long[] { 0, 4 }, new long[] { 4, 1 }, new float[0])]
    public void Views_are_read_by_their_strides(long offset, long[] size, long[] stride, float[] expected)
    {
        var pickle = PickleBuilder.OneTensor("FloatStorage", 6, offset, size, stride);
        foreach (var file in BothForms(pickle, 6, PickleBuilder.Floats(Six)))
        {
            using var checkpoint = Checkpoint.Open(file);
            Assert.Equal(size, checkpoint["w"].Shape);
            Assert.Equal(expected, checkpoint["w"].ToSingles());
            using var bytes = new MemoryStream();
            checkpoint["w"].CopyBytesTo(bytes);
            Assert.Equal(PickleBuilder.Floats(expected), bytes.ToArray());
        }
    }

    [Theory]
    [InlineData("HalfStorage", TensorElementType.Float16, new byte[] { 0x00, 0x3c, 0x00, 0xc0 }, new float[] { 1, -2 })]
    [InlineData("BFloat16Storage", TensorElementType.BFloat16, new byte[] { 0x80, 0x3f, 0x00, 0xc0 }, new float[] { 1, -2 })]
    [InlineData("DoubleStorage", TensorElementType.Float64, new byte[] { 0, 0, 0, 0, 0, 0, 0xf0, 0x3f, 0, 0, 0, 0, 0, 0, 0, 0xc0 }, new float[] { 1, -2 })]
    [InlineData("LongStorage", TensorElementType.Int64, new byte[] { 1, 0, 0, 0, 0, 0, 0, 0, 0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff }, new float[] { 1, -2 })]
    [InlineData("IntStorage", TensorElementType.Int32, new byte[] { 1, 0, 0, 0, 0xfe, 0xff, 0xff, 0xff }, new float[] { 1, -2 })]
    [InlineData("ShortStorage", TensorElementType.Int16, new byte[] { 1, 0, 0xfe, 0xff }, new float[] { 1, -2 })]
    [InlineData("CharStorage", TensorElementType.Int8, new byte[] { 1, 0xfe }, new float[] { 1, -2 })]
    [InlineData("ByteStorage", TensorElementType.UInt8, new byte[] { 1, 0xfe }, new float[] { 1, 254 })]
    [InlineData("BoolStorage", TensorElementType.Bool, new byte[] { 1, 0 }, new float[] { 1, 0 })]
    public void Element_types_are_kept_and_converted(string storage, TensorElementType type, byte[] bytes, float[] expected)
    {
        foreach (var file in BothForms(PickleBuilder.OneTensor(storage, 2, 0, [2], [1]), 2, bytes))
        {
            using var checkpoint = Checkpoint.Open(file);
            Assert.Equal(type, checkpoint["w"].ElementType);
            Assert.Equal(expected, checkpoint["w"].ToSingles());
            if (type >= TensorElementType.Int64)
                Assert.Equal(expected.Select(v => (long)v), checkpoint["w"].ToInt64s());
            else
                Assert.Throws<InvalidOperationException>(() => checkpoint["w"].ToInt64s());
        }
    }

    [Theory]
    [InlineData("archive/")]
    [InlineData("pytorch_model/")]
    [InlineData("")]
    public void Any_prefix_and_compressed_entries_are_read(string prefix)
    {
        var pickle = PickleBuilder.OneTensor("FloatStorage", 6, 0, [6], [1]);
        foreach (var deflate in new[] { false, true })
        {
            var file = _folder.Write("a.pt", PickleBuilder.Zip(pickle, new() { ["0"] = PickleBuilder.Floats(Six) }, prefix, deflate, "little"));
            using var checkpoint = Checkpoint.Open(file);
            Assert.Equal(Six, checkpoint["w"].ToSingles());
        }
    }

    [Fact]
    public void Big_endian_files_are_refused()
    {
        var pickle = PickleBuilder.OneTensor("FloatStorage", 6, 0, [6], [1]);
        var bytes = PickleBuilder.Floats(Six);
        AssertRefused(PickleBuilder.Zip(pickle, new() { ["0"] = bytes }, order: "big"), "byte order is 'big'");
        AssertRefused(PickleBuilder.Legacy(pickle, [("0", 6, bytes)], littleEndian: false), "little-endian");
    }

    [Theory]
    [InlineData("state_dict")]
    [InlineData("model_state_dict")]
    [InlineData("model")]
    [InlineData("net")]
    public void Wrapped_state_dicts_are_found(string wrapper)
    {
        var pickle = new PickleBuilder().Raw('}').Raw('(').Text("epoch").Int(7).Text("args").Raw('}')
            .Text(wrapper).Raw('}').Text("w").Tensor("0", "FloatStorage", 6, 0, [6], [1]).Raw('s').Raw('u').Stop();
        using var checkpoint = Checkpoint.Open(Zip(pickle));
        Assert.Equal(["w"], checkpoint.Names);
        Assert.Equal("7", checkpoint.Others["epoch"]);
        Assert.Equal("dictionary of 0", checkpoint.Others["args"]);
    }

    [Fact]
    public void Wrapper_inside_a_wrapper_is_found()
    {
        var pickle = new PickleBuilder().Raw('}').Text("model").Raw('}').Text("state_dict").Raw('}')
            .Text("w").Tensor("0", "FloatStorage", 6, 0, [6], [1]).Raw('s').Raw('s').Raw('s').Stop();
        using var checkpoint = Checkpoint.Open(Zip(pickle));
        Assert.Equal(["w"], checkpoint.Names);
    }

    [Fact]
    public void Parameters_sizes_and_devices_are_plain_data()
    {
        var pickle = new PickleBuilder().Raw('}').Raw('(')
            .Text("p").Global("torch._utils", "_rebuild_parameter").Raw('(').Tensor("0", "FloatStorage", 6, 0, [6], [1]).Raw(0x88).Global("collections", "OrderedDict").Raw(')').Raw('R').Raw('t').Raw('R')
            .Text("size").Global("torch", "Size").Tuple(2, 3).Raw(0x85).Raw('R')
            .Text("device").Global("torch", "device").Text("cuda").Int(1).Raw(0x86).Raw('R')
            .Text("dtype").Global("torch", "float16")
            .Raw('u').Stop();
        using var checkpoint = Checkpoint.Open(Zip(pickle));
        Assert.Equal(["p"], checkpoint.Names);
        Assert.Equal("tuple of 2", checkpoint.Others["size"]);
        Assert.Equal("cuda:1", checkpoint.Others["device"]);
        Assert.Equal("torch.float16", checkpoint.Others["dtype"]);
    }

    /// <summary>Python 2 wrote an OrderedDict as a call with its pairs, byte strings as text, and counted the memo from 1.</summary>
    [Fact]
    public void Python_2_forms_are_read()
    {
        var pickle = new PickleBuilder().Global("collections", "OrderedDict").Raw((byte)'q', 1).Raw(']').Raw('(')
            .Raw(']').Raw('(').Raw((byte)'U', 1, (byte)'w').Tensor("0", "FloatStorage", 6, 0, [6], [1]).Raw('e')
            .Raw('e').Raw(0x85).Raw('R').Raw((byte)'q', 2).Stop();
        using var checkpoint = Checkpoint.Open(Zip(pickle));
        Assert.Equal(Six, checkpoint["w"].ToSingles());
    }

    [Fact]
    public void Protocol_0_and_4_forms_are_read()
    {
        var old = new PickleBuilder(0).Raw('(').Raw('d').Raw(TextEncoding.ASCII.GetBytes("Vepo\\u0063h\nI12\nsp0\nVx\nL7L\nsS'q\\'\\x41'\ng0\nsF1.5\n0"))
            .Text("w").Tensor("0", "FloatStorage", 6, 0, [6], [1]).Raw('s').Stop();
        AssertOthers(old, "epoch", "12");
        var frames = new PickleBuilder(4).Raw(0x95, 9, 0, 0, 0, 0, 0, 0, 0).Raw('}').Raw(0x94).Raw(0x8c, 5).Raw("epoch"u8).Raw(0x94)
            .Raw((byte)'G', 0x3f, 0xf8, 0, 0, 0, 0, 0, 0).Raw('s').Text("w")
            .Raw(0x8c, 12).Raw("torch._utils"u8).Raw(0x8c, 18).Raw("_rebuild_tensor_v2"u8).Raw(0x93)
            .Raw('(').Storage("0", "FloatStorage", 6).Int(0).Tuple(6).Tuple(1).Raw(0x89).Raw('}').Raw('t').Raw('R').Raw('s').Stop();
        AssertOthers(new PickleBuilder(1).Raw('}').Text("flag").Raw("I01\n"u8).Raw('s').Text("w").Tensor("0", "FloatStorage", 6, 0, [6], [1]).Raw('s').Stop(), "flag", "True");
        AssertOthers(frames, "epoch", "1.5");
    }

    public void Dispose() => _folder.Dispose();

    private void AssertOthers(byte[] pickle, string key, string value)
    {
        using var checkpoint = Checkpoint.Open(Zip(pickle));
        Assert.Equal(Six, checkpoint["w"].ToSingles());
        Assert.Equal(value, checkpoint.Others[key]);
    }

    private void AssertRefused(byte[] file, string message) =>
        Assert.Contains(message, Assert.Throws<CheckpointFormatException>(() => Checkpoint.Open(_folder.Write("refused.pt", file))).Message);

    private string Zip(byte[] pickle) => _folder.Write("a.pt", PickleBuilder.Zip(pickle, new() { ["0"] = PickleBuilder.Floats(Six) }));

    private string[] BothForms(byte[] pickle, long count, byte[] bytes) =>
    [
        _folder.Write("zip.pt", PickleBuilder.Zip(pickle, new() { ["0"] = bytes })),
        _folder.Write("legacy.pt", PickleBuilder.Legacy(pickle, [("0", count, bytes)])),
    ];
}
