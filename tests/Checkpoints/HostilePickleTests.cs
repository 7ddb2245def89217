using System.Diagnostics;
using MLNet.VisionLanguage.Tests.Support;
using Xunit;
using TextEncoding = System.Text.Encoding;

namespace MLNet.VisionLanguage.Tests.Checkpoints;

/// <summary>Pickles made to execute, hang or exhaust memory end with one error, soon and cheaply.</summary>
public sealed class HostilePickleTests : IDisposable
{
    private const long AllowedBytes = 400L << 20;

    private readonly TemporaryFolder _folder = new();

    public static TheoryData<string, string> Globals => new()
    {
        { "os", "system" },
        { "posix", "system" },
        { "builtins", "eval" },
        { "__builtin__", "eval" },
        { "builtins", "getattr" },
        { "subprocess", "Popen" },
        { "torch.nn.modules.linear", "Linear" },
        { "torch", "load" },
        { "torch._utils", "_rebuild_tensor_v2 " },
        { "numpy.core.multiarray", "scalar" },
        { "argparse", "Namespace" },
    };

    [Theory]
    [MemberData(nameof(Globals))]
    public void Files_of_nothing_but_other_globals_are_refused_by_name(string module, string name)
    {
        byte[][] pickles =
        [
            new PickleBuilder().Global(module, name).Text("echo").Raw(0x85).Raw('R').Stop(),
            new PickleBuilder(4).Text(module).Text(name).Raw(0x93).Raw(')').Raw(0x81).Stop(),
            new PickleBuilder(0).Raw('(').Text("echo").Raw('i').Raw(TextEncoding.UTF8.GetBytes($"{module}\n{name}\n")).Stop(),
            new PickleBuilder().Raw('}').Text("unused").Global(module, name).Raw('s').Stop(),
        ];
        foreach (var pickle in pickles)
            Assert.Contains($"{module}.{name}", Refused(pickle).Message);
    }

    [Fact]
    public void Refusing_names_the_file()
    {
        var error = Refused(new PickleBuilder().Global("os", "system").Stop());
        Assert.EndsWith("hostile.pt", error.Path);
        Assert.Contains("hostile.pt", error.Message);
    }

    public static TheoryData<string, byte[]> Lengths => new()
    {
        { "LONG4 of 2 GiB", new PickleBuilder().Raw(0x8b, 0xff, 0xff, 0xff, 0x7f).Stop() },
        { "LONG4 of 4 GiB", new PickleBuilder().Raw(0x8b, 0xff, 0xff, 0xff, 0xff).Stop() },
        { "LONG1 beyond the end", new PickleBuilder().Raw(0x8a, 0xff).Stop() },
        { "BINUNICODE of 4 GiB", new PickleBuilder().Sized('X', uint.MaxValue).Stop() },
        { "BINUNICODE8 of 2^63", new PickleBuilder(4).Raw(0x8d, 0, 0, 0, 0, 0, 0, 0, 0x80).Stop() },
        { "BINBYTES8 of 2^64-1", new PickleBuilder(4).Raw(0x8e).Raw(0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff).Stop() },
        { "BINSTRING of 2 GiB", new PickleBuilder().Sized('T', int.MaxValue).Stop() },
        { "memo index 2^32-1", new PickleBuilder().Raw('}').Sized('r', uint.MaxValue).Stop() },
        { "memo read 2^32-1", new PickleBuilder().Sized('j', uint.MaxValue).Stop() },
        { "memo index as text", new PickleBuilder(0).Raw('}').Raw("p99999999999\n"u8).Stop() },
        { "negative memo index", new PickleBuilder(0).Raw('}').Raw("p-1\n"u8).Stop() },
        { "INT of many digits", new PickleBuilder(0).Raw('I').Raw(Enumerable.Repeat((byte)'9', 100_000).ToArray()).Raw('\n').Stop() },
        { "empty stack", new PickleBuilder().Stop() },
        { "tuple of nothing", new PickleBuilder().Raw(0x87).Stop() },
        { "no mark", new PickleBuilder().Raw('t').Stop() },
        { "item below the mark", new PickleBuilder().Raw('}').Raw('(').Int(1).Int(2).Raw('s').Stop() },
        { "odd dictionary", new PickleBuilder().Raw('(').Int(1).Raw('d').Stop() },
        { "no stop", new PickleBuilder().Raw((char)0x7d).Stop()[..^1] },
        { "extension registry", new PickleBuilder().Raw(0x82, 1).Stop() },
        { "unknown opcode", new PickleBuilder().Raw(0xff).Stop() },
        { "protocol 9", new PickleBuilder(9).Raw('}').Stop() },
        { "call of a string", new PickleBuilder().Text("os.system").Raw(')').Raw('R').Stop() },
        { "storage called", new PickleBuilder().Global("torch", "FloatStorage").Raw(')').Raw('R').Stop() },
        { "persistent id of text", new PickleBuilder().Text("storage").Raw('Q').Stop() },
        { "root is a list", new PickleBuilder().Raw(']').Stop() },
        { "no tensors", new PickleBuilder().Raw('}').Stop() },
        { "invalid UTF-8", new PickleBuilder().Sized('X', 2).Raw(0xc3, 0x28).Stop() },
    };

    [Theory]
    [MemberData(nameof(Lengths))]
    public void Numbers_are_not_believed(string what, byte[] pickle)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        var error = Refused(pickle);
        Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < 16 << 20, $"{what} allocated too much");
        Assert.NotEmpty(error.Message);
    }

    [Theory]
    [InlineData("FloatStorage", 6, 0, new long[] { 7 }, new long[] { 1 })]
    [InlineData("FloatStorage", 6, 1, new long[] { 2, 3 }, new long[] { 3, 1 })]
    [InlineData("FloatStorage", 6, -1, new long[] { 2 }, new long[] { 1 })]
    [InlineData("FloatStorage", 6, 0, new long[] { 2 }, new long[] { -1 })]
    [InlineData("FloatStorage", 6, 0, new long[] { -2 }, new long[] { 1 })]
    [InlineData("FloatStorage", 6, 0, new long[] { 2, 3 }, new long[] { 1 })]
    [InlineData("FloatStorage", 6, 0, new long[] { 1L << 40 }, new long[] { 0 })]
    [InlineData("FloatStorage", 6, 0, new long[] { 1L << 32, 1L << 32 }, new long[] { 0, 0 })]
    [InlineData("FloatStorage", 6, 0, new long[] { long.MaxValue, long.MaxValue, 0x10 }, new long[] { 0, 0, 0 })]
    [InlineData("FloatStorage", 6, 0, new long[] { 3 }, new long[] { long.MaxValue })]
    [InlineData("FloatStorage", 6, long.MaxValue, new long[] { 2 }, new long[] { 1 })]
    [InlineData("FloatStorage", 7, 0, new long[] { 6 }, new long[] { 1 })]
    [InlineData("DoubleStorage", 6, 0, new long[] { 6 }, new long[] { 1 })]
    [InlineData("FloatStorage", long.MaxValue, 0, new long[] { 6 }, new long[] { 1 })]
    [InlineData("FloatStorage", -1, 0, new long[] { 0 }, new long[] { 1 })]
    public void Views_must_lie_inside_their_storage(string type, long count, long offset, long[] size, long[] stride)
    {
        var pickle = PickleBuilder.OneTensor(type, count, offset, size, stride);
        Refused(pickle);
        Refuse(PickleBuilder.Legacy(pickle, [("0", count, new byte[24])]));
    }

    [Fact]
    public void Deep_nesting_does_not_recurse()
    {
        var nested = new PickleBuilder().Raw(')').Raw(Enumerable.Repeat((byte)0x85, 1_000_000).ToArray()).Stop();
        Refused(nested);
        var marks = new PickleBuilder().Raw(Enumerable.Repeat((byte)'(', 1_000_000).ToArray()).Stop();
        Refused(marks);
        var dictionaries = new PickleBuilder();
        for (var i = 0; i < 100_000; i++)
            dictionaries.Raw('}').Text("model");
        Refused(dictionaries.Raw('}').Raw(Enumerable.Repeat((byte)'s', 100_000).ToArray()).Stop());
    }

    /// <summary>Each list holds the one before twice: 2^200 leaves, if anything walked them.</summary>
    [Fact]
    public void Shared_nesting_is_not_unfolded()
    {
        var pickle = new PickleBuilder().Raw('}').Raw(')');
        for (var i = 0; i < 200; i++)
            pickle.Raw('2').Raw(0x86);
        pickle.Int(1).Raw('s').Text("w").Tensor("0", "FloatStorage", 6, 0, [6], [1]).Raw('s');
        using var checkpoint = Checkpoint.Open(Zip(pickle.Stop()));
        Assert.Equal(["w"], checkpoint.Names);
    }

    [Fact]
    public void Dictionary_holding_itself_is_no_loop()
    {
        var pickle = new PickleBuilder().Raw('}').Raw((byte)'q', 0).Text("model").Raw((byte)'h', 0).Raw('s').Stop();
        Refused(pickle);
        var withTensor = new PickleBuilder().Raw('}').Raw((byte)'q', 0).Text("model").Raw((byte)'h', 0).Raw('s')
            .Text("w").Tensor("0", "FloatStorage", 6, 0, [6], [1]).Raw('s').Stop();
        using var checkpoint = Checkpoint.Open(Zip(withTensor));
        Assert.Equal(["w"], checkpoint.Names);
    }

    /// <summary>One long list made into a dictionary again and again would take the square of the file's length.</summary>
    [Fact]
    public void Repeated_work_is_limited()
    {
        var calls = new PickleBuilder().Raw(']').Raw((byte)'q', 0).Raw('(').Int(1).Int(2).Raw(0x86).Raw((byte)'q', 1);
        for (var i = 0; i < 100_000; i++)
            calls.Raw((byte)'h', 1);
        calls.Raw('e').Raw('0').Global("collections", "OrderedDict").Raw((byte)'q', 2);
        for (var i = 0; i < 100_000; i++)
            calls.Raw((byte)'h', 2).Raw((byte)'h', 0).Raw(0x85).Raw('R').Raw('0');
        Assert.Contains("steps", Refused(calls.Stop()).Message);

        var keys = new PickleBuilder().Text(new string('k', 1 << 20)).Raw((byte)'q', 0).Raw('0').Raw('}');
        for (var i = 0; i < 100_000; i++)
            keys.Raw((byte)'h', 0).Raw('N').Raw('s');
        Assert.Contains("steps", Refused(keys.Stop()).Message);
    }

    [Fact]
    public void Endless_opcodes_are_limited() =>
        Assert.Contains("steps", Refused(new PickleBuilder().Raw(Enumerable.Repeat((byte)'}', 8 << 20).ToArray()).Stop()).Message);

    [Fact]
    public void Zip_bombs_are_refused()
    {
        var bomb = PickleBuilder.Zip(new PickleBuilder().Raw('}').Raw(new byte[100 << 20]).Stop(), [], deflate: true);
        Assert.True(bomb.Length < 1 << 20);
        Refuse(bomb);
    }

    [Fact]
    public void Missing_storages_are_named()
    {
        var pickle = PickleBuilder.OneTensor("FloatStorage", 6, 0, [6], [1]);
        Assert.Contains("storage '0' of tensor 'w' is missing", Refuse(PickleBuilder.Zip(pickle, new() { ["1"] = new byte[24] })).Message);
        Assert.Contains("storage '0' of tensor 'w' is missing", Refuse(PickleBuilder.Legacy(pickle, [])).Message);
        Refuse(PickleBuilder.Legacy(pickle, [("0", 6, new byte[24]), ("0", 6, new byte[24])]));
        Refuse(PickleBuilder.Legacy(pickle, [("0", long.MaxValue, new byte[24])]));
    }

    public void Dispose() => _folder.Dispose();

    private CheckpointFormatException Refused(byte[] pickle) => Refuse(PickleBuilder.Zip(pickle, new() { ["0"] = new byte[24] }));

    private CheckpointFormatException Refuse(byte[] file)
    {
        var path = _folder.Write("hostile.pt", file);
        var before = GC.GetAllocatedBytesForCurrentThread();
        var time = Stopwatch.StartNew();
        var error = Assert.Throws<CheckpointFormatException>(() => Checkpoint.Open(path));
        Assert.True(time.Elapsed < TimeSpan.FromSeconds(20), $"took {time.Elapsed}");
        Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < AllowedBytes);
        return error;
    }

    private string Zip(byte[] pickle) => _folder.Write("a.pt", PickleBuilder.Zip(pickle, new() { ["0"] = new byte[24] }));
}
