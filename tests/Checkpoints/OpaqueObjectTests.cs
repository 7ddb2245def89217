using MLNet.VisionLanguage.Tests.Support;
using Xunit;

namespace MLNet.VisionLanguage.Tests.Checkpoints;

/// <summary>Python objects of the training beside the weights are placeholders; only a tensor made of one is refused.</summary>
public sealed class OpaqueObjectTests : IDisposable
{
    private static readonly float[] Six = [0, 1, 2, 3, 4, 5];

    private readonly TemporaryFolder _folder = new();

    public static TheoryData<string, byte[]> Objects => new()
    {
        { "namespace, BUILD", Object(o => o.Global("argparse", "Namespace").Raw(')').Raw(0x81).Raw('}').Text("lr").Int(1).Raw('s')
            .Raw('b')) },
        { "call", Object(o => o.Global("numpy.core.multiarray", "scalar").Text("f8").Raw((byte)'C', 2, 1, 2).Raw(0x86).Raw('R')) },
        { "call of what was made", Object(o => o.Global("functools", "partial").Raw(')').Raw('R').Raw(')').Raw('R')) },
        { "call with nested objects", Object(o => o.Global("a", "B").Global("a", "C").Raw(')').Raw('R').Raw(0x85).Raw('R')) },
        { "dictionary's subclass", Object(o => o.Global("addict", "Dict").Raw(')').Raw(0x81).Text("a").Int(1).Raw('s').Raw('(')
            .Text("b").Int(2).Raw('u')) },
        { "list's subclass", Object(o => o.Global("a", "List").Raw(')').Raw(0x81).Int(1).Raw('a').Raw('(').Int(1).Int(2).Raw('e')) },
        { "NEWOBJ_EX", Object(o => o.Global("a", "B").Raw(')').Raw('}').Raw(0x92)) },
        { "INST", Object(o => o.Raw('(').Text("x").Raw('i').Raw("os\nsystem\n"u8)) },
        { "OBJ", Object(o => o.Raw('(').Global("a", "B").Text("x").Raw('o')) },
        { "extension", Object(o => o.Raw(0x83, 7, 1).Raw(')').Raw('R')) },
        { "bytearray", Object(o => o.Raw(0x96, 2, 0, 0, 0, 0, 0, 0, 0, 5, 6)) },
        { "defaultdict", Object(o => o.Global("collections", "defaultdict").Global("__builtin__", "list").Raw(0x85).Raw('R')
            .Text("a").Int(1).Raw('s')) },
        { "as key", new PickleBuilder().Raw('}').Global("a", "B").Raw(')').Raw('R').Int(1).Raw('s').Text("w").Tensor("0",
            "FloatStorage", 6, 0, [6], [1]).Raw('s').Stop() },
        { "attributes of a tensor", new PickleBuilder().Raw('}').Text("w").Tensor("0", "FloatStorage", 6, 0, [6], [1]).Raw('}')
            .Raw('b').Raw('s').Stop() },
    };

    [Theory]
    [MemberData(nameof(Objects))]
    public void The_weights_beside_an_object_are_read(string what, byte[] pickle)
    {
        foreach (var path in BothForms(pickle))
        {
            using var checkpoint = Checkpoint.Open(path);
            Assert.True(checkpoint.Names is ["w"], what);
            Assert.Equal(Six, checkpoint["w"].ToSingles());
        }
    }

    [Fact]
    public void An_object_is_described_by_its_class()
    {
        using var checkpoint = Checkpoint.Open(BothForms(Object(o => o.Global("lightning", "Callback").Raw(')').Raw(0x81)))[0]);
        Assert.Equal("object of lightning.Callback", checkpoint.Others["thing"]);
    }

    public static TheoryData<string, byte[]> Tensors => new()
    {
        { "torch.ComplexFloatStorage", new PickleBuilder().Raw('}').Text("bad").Tensor("0", "ComplexFloatStorage", 3, 0, [3], [1])
            .Raw('s').Stop() },
        { "mine.rebuild", Dependent(t => t.Global("mine", "rebuild").Storage("0", "FloatStorage", 6).Raw(0x85).Raw('R')) },
        { "torch._utils._rebuild_qtensor", Dependent(t => t.Global("torch._utils", "_rebuild_qtensor").Int(1).Raw(0x85).Raw('R')) },
        { "mine.Size", Dependent(t => t.Global("torch._utils", "_rebuild_tensor_v2").Raw('(').Storage("0", "FloatStorage", 6).Int(0)
            .Global("mine", "Size").Raw(')').Raw('R').Tuple(1).Raw(0x89).Raw('}').Raw('t').Raw('R')) },
        { "numpy.int64", Dependent(t => t.Global("torch._utils", "_rebuild_tensor_v2").Raw('(').Storage("0", "FloatStorage", 6).Int(0)
            .Global("numpy", "int64").Int(6).Raw(0x85).Raw('R').Raw(0x85).Tuple(1).Raw(0x89).Raw('}').Raw('t').Raw('R')) },
        { "mine.Part", Dependent(t => t.Global("torch._utils", "_rebuild_parameter").Global("mine", "Part").Raw(')').Raw('R')
            .Raw(0x88).Raw('N').Raw(0x87).Raw('R')) },
        { "mine.Tensor", Dependent(t => t.Global("torch._tensor", "_rebuild_from_type_v2").Raw('(')
            .Global("torch._utils", "_rebuild_tensor_v2").Global("mine", "Tensor").Raw(')').Raw('N').Raw('t').Raw('R')) },
    };

    [Theory]
    [MemberData(nameof(Tensors))]
    public void A_tensor_made_of_one_is_refused_by_name(string type, byte[] pickle)
    {
        foreach (var path in BothForms(pickle))
        {
            var error = Assert.Throws<CheckpointFormatException>(() => Checkpoint.Open(path));
            Assert.Contains($"'{type}'", error.Message);
            Assert.Contains("'bad'", error.Message);
        }
    }

    [Fact]
    public void An_object_under_the_name_of_a_weight_is_refused_by_name()
    {
        var pickle = Object(o => o.Global("numpy", "ndarray").Raw(')').Raw(0x81), "encoder.layer.weight");
        var error = Assert.Throws<CheckpointFormatException>(() => Checkpoint.Open(BothForms(pickle)[0]));
        Assert.Contains("'encoder.layer.weight' depends on the Python object 'numpy.ndarray'", error.Message);
    }

    [Fact]
    public void A_tensor_made_of_one_beside_the_weights_is_left_alone()
    {
        var pickle = new PickleBuilder().Raw('}').Text("model").Raw('}').Text("w").Tensor("0", "FloatStorage", 6, 0, [6], [1])
            .Raw('s').Raw('s')
            .Text("q").Global("torch._utils", "_rebuild_qtensor").Int(1).Raw(0x85).Raw('R').Raw('s').Stop();
        using var checkpoint = Checkpoint.Open(BothForms(pickle)[0]);
        Assert.Equal(["w"], checkpoint.Names);
    }

    [Fact]
    public void Parameters_of_newer_versions_are_read()
    {
        var pickle = new PickleBuilder().Raw('}').Raw('(')
            .Text("a").Global("torch._utils", "_rebuild_parameter_with_state").Raw('(').Tensor("0", "FloatStorage", 6, 0, [6], [1])
            .Raw(0x88).Raw('}').Raw('}').Raw('t').Raw('R')
            .Text("b").Global("torch._tensor", "_rebuild_from_type_v2").Raw('(').Global("torch._utils", "_rebuild_tensor_v2")
            .Global("torch.nn.parameter", "Parameter")
            .Raw('(').Storage("0", "FloatStorage", 6).Int(0).Tuple(6).Tuple(1).Raw(0x89).Raw('}').Raw('t').Raw('}').Raw('t').Raw('R')
            .Raw('u').Stop();
        using var checkpoint = Checkpoint.Open(BothForms(pickle)[0]);
        Assert.Equal(Six, checkpoint["a"].ToSingles());
        Assert.Equal(Six, checkpoint["b"].ToSingles());
    }

    [Fact]
    public void A_whole_module_is_refused_by_its_class()
    {
        var module = new PickleBuilder().Global("models", "Net").Raw(')').Raw(0x81).Raw('}').Text("w").Tensor("0", "FloatStorage", 6, 0,
            [6], [1]).Raw('s').Raw('b').Stop();
        var old = new PickleBuilder().Raw('(').Text("module").Global("models", "Net").Text("net.py").Text("source").Raw('t').Raw('Q')
            .Raw(')').Raw(0x81).Stop();
        foreach (var path in BothForms(module).Append(_folder.Write("old.pt", PickleBuilder.Legacy(old, []))))
            Assert.Contains("'models.Net'", Assert.Throws<CheckpointFormatException>(() => Checkpoint.Open(path)).Message);
    }

    /// <summary>The old format has the storages one after the other, so that those of other types are stepped over.</summary>
    [Fact]
    public void Storages_of_other_types_are_stepped_over()
    {
        var pickle = new PickleBuilder().Raw('}').Text("model").Raw('}').Text("w").Tensor("1", "FloatStorage", 6, 0, [6], [1])
            .Raw('s').Raw('s')
            .Text("phase").Tensor("0", "ComplexFloatStorage", 3, 0, [3], [1]).Raw('s').Stop();
        byte[] File(int complex) => PickleBuilder.Legacy(pickle, [("0", complex, new byte[24]), ("1", 6, PickleBuilder.Floats(Six))]);
        using var checkpoint = Checkpoint.Open(_folder.Write("complex.pt", File(3)));
        Assert.Equal(Six, checkpoint["w"].ToSingles());
        Assert.Contains("storage '0'", Assert.Throws<CheckpointFormatException>(() => Checkpoint.Open(_folder.Write("cut.pt",
            File(1000)))).Message);
    }

    public void Dispose() => _folder.Dispose();

    private static byte[] Object(Func<PickleBuilder, PickleBuilder> write, string key = "thing") =>
        write(new PickleBuilder().Raw('}').Text(key)).Raw('s').Text("w").Tensor("0", "FloatStorage", 6, 0, [6], [1]).Raw('s').Stop();

    private static byte[] Dependent(Func<PickleBuilder, PickleBuilder> write) => Object(write, "bad");

    private string[] BothForms(byte[] pickle) =>
    [
        _folder.Write($"zip{Guid.NewGuid():N}.pt", PickleBuilder.Zip(pickle, new() { ["0"] = PickleBuilder.Floats(Six) })),
        _folder.Write($"legacy{Guid.NewGuid():N}.pt", PickleBuilder.Legacy(
            pickle, pickle.AsSpan().IndexOf("Complex"u8) >= 0 ? [("0", 3, new byte[24])] : [("0", 6, PickleBuilder.Floats(Six))])),
    ];
}
