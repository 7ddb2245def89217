using MLNet.VisionLanguage.Checkpoints;
using MLNet.VisionLanguage.Tests.Support;
using Xunit;
using TextEncoding = System.Text.Encoding;

namespace MLNet.VisionLanguage.Tests.Checkpoints;

public sealed class SafeTensorsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Fact]
    public void What_is_written_is_read_again()
    {
        var path = _folder.File("a.safetensors");
        var random = new Random(1);
        var expected = new List<(string Name, TensorElementType Type, long[] Shape, byte[] Bytes)>();
        foreach (var type in Enum.GetValues<TensorElementType>())
        {
            long[][] shapes = [[], [0], [3], [2, 3, 5], [70_000]];
            foreach (var shape in shapes)
            {
                var bytes = new byte[shape.Aggregate(1L, (a, b) => a * b) * TensorElements.SizeOf(type)];
                random.NextBytes(bytes);
                expected.Add(($"{type}.\"ü\"/{string.Join('x', shape)}", type, shape, bytes));
            }
        }

        SafeTensors.Write(
            path, expected.Select(e => new NamedTensor(e.Name, e.Type, e.Shape, s => s.Write(e.Bytes))), new Dictionary<string, string> { ["format"] = "pt" });
        using var checkpoint = Checkpoint.Open(path);
        Assert.Equal("safetensors", checkpoint.Format);
        Assert.Equal("pt", checkpoint.Metadata["format"]);
        Assert.Equal(expected.Select(e => e.Name).Order(), checkpoint.Names.Order());
        foreach (var (name, type, shape, bytes) in expected)
        {
            var tensor = checkpoint[name];
            Assert.Equal((type, (long)bytes.Length), (tensor.ElementType, tensor.ByteLength));
            Assert.Equal(shape, tensor.Shape);
            var read = new byte[bytes.Length];
            tensor.CopyBytesTo(read);
            Assert.Equal(bytes, read);
        }
    }

    [Fact]
    public void Tensors_lie_aligned_and_in_order_of_width()
    {
        var path = _folder.File("a.safetensors");
        SafeTensors.Write(path, [new NamedTensor("b", TensorElementType.Bool, [3], s => s.Write([1, 0, 1])), new NamedTensor("f", [1], [1f]), new NamedTensor("l", [1], [9L])]);
        using var checkpoint = Checkpoint.Open(path);
        Assert.Equal(["l", "f", "b"], checkpoint.Names);
        Assert.Equal(0ul, BitConverter.ToUInt64(File.ReadAllBytes(path)) % 8);
        Assert.Equal([9L], checkpoint["l"].ToInt64s());
        Assert.Equal([1L, 0, 1], checkpoint["b"].ToInt64s());
    }

    [Fact]
    public void Golden_files_survive_rewriting()
    {
        using var golden = Checkpoint.Open(TestData.Golden("vlbert", "pretraining_core-a", "weights.bin"));
        var path = _folder.File("a.safetensors");
        SafeTensors.Write(path, golden.Names.Select(n => new NamedTensor(n, golden[n])));
        using var copy = Checkpoint.Open(path);
        Assert.Equal(golden.Names.Order(), copy.Names.Order());
        Assert.All(golden.Names, n => Assert.Equal(golden[n].ToSingles(), copy[n].ToSingles()));
    }

    [Fact]
    public void Failed_save_leaves_the_old_file_and_nothing_else()
    {
        var path = _folder.Write("a.safetensors", "old"u8);
        var good = new NamedTensor("good", [1], [1f]);
        var failing = new NamedTensor("failing", TensorElementType.Float32, [1], _ => throw new IOException("No space left on device"));
        var wrong = new NamedTensor("short", TensorElementType.Float32, [2], s => s.Write(new byte[4]));
        Assert.Throws<IOException>(() => SafeTensors.Write(path, [good, failing]));
        Assert.Throws<InvalidOperationException>(() => SafeTensors.Write(path, [good, wrong]));
        Assert.Throws<ArgumentException>(() => SafeTensors.Write(path, [good, good]));
        Assert.Equal("old", File.ReadAllText(path));
        Assert.Equal([path], Directory.GetFiles(_folder.Path));
    }

    [Fact]
    public void Disk_full_is_an_error_that_leaves_nothing()
    {
        Assert.ThrowsAny<Exception>(() => SafeTensors.Write(_folder.File("missing/a.safetensors"), [new NamedTensor("x", [1], [1f])]));
        Assert.Empty(Directory.GetFiles(_folder.Path));
    }

    [Fact]
    public void Wrong_sizes_are_refused_when_made()
    {
        Assert.Throws<ArgumentException>(() => new NamedTensor("x", [2, 2], [1f]));
        Assert.Throws<ArgumentException>(() => new NamedTensor("x", [-1], [1L]));
        Assert.Throws<ArgumentException>(() => new NamedTensor("", [1], [1L]));
    }

    [Fact]
    public void Destination_must_have_the_tensors_length()
    {
        var path = _folder.File("a.safetensors");
        SafeTensors.Write(path, [new NamedTensor("x", [2], [1f, 2f])]);
        using var checkpoint = Checkpoint.Open(path);
        Assert.Throws<ArgumentException>(() => checkpoint["x"].CopyTo(new float[3]));
        Assert.Throws<ArgumentException>(() => checkpoint["x"].CopyBytesTo(new byte[4]));
        Assert.Throws<KeyNotFoundException>(() => checkpoint["y"]);
    }

    [Fact]
    public void Closed_checkpoint_says_so()
    {
        var path = _folder.File("a.safetensors");
        SafeTensors.Write(path, [new NamedTensor("x", [2], [1f, 2f])]);
        var checkpoint = Checkpoint.Open(path);
        var tensor = checkpoint["x"];
        checkpoint.Dispose();
        Assert.Throws<ObjectDisposedException>(() => tensor.ToSingles());
    }

    [Theory]
    [InlineData("{}", 0)]
    [InlineData("{\"x\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}  ", 8)]
    [InlineData("{\"x\":{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[0,0]},\"y\":{\"dtype\":\"U8\",\"shape\":[],\"data_offsets\":[0,1]}}", 1)]
    public void Sound_headers_are_read(string header, int data)
    {
        using var checkpoint = Checkpoint.Open(Raw(header, data));
        Assert.Equal(data > 0, checkpoint.Names.Count > 0);
    }

    [Theory]
    [InlineData("{\"x\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}", 7, "truncated")]
    [InlineData("{\"x\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}", 9, "9 bytes of data")]
    [InlineData("{\"x\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[1,9]}}", 9, "hole")]
    [InlineData("{\"x\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]},\"y\":{\"dtype\":\"U8\",\"shape\":[8],\"data_offsets\":[4,12]}}", 12, "overlap")]
    [InlineData("{\"x\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[8,0]}}", 8, "data_offsets")]
    [InlineData("{\"x\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8,9]}}", 8, "data_offsets")]
    [InlineData("{\"x\":{\"dtype\":\"F32\",\"shape\":[3],\"data_offsets\":[0,8]}}", 8, "does not fill")]
    [InlineData("{\"x\":{\"dtype\":\"F32\",\"shape\":[4611686018427387906,2],\"data_offsets\":[0,16]}}", 16, "does not fill")]
    [InlineData("{\"x\":{\"dtype\":\"F32\",\"shape\":[4611686018427387908],\"data_offsets\":[0,16]}}", 16, "does not fill")]
    [InlineData("{\"x\":{\"dtype\":\"F32\",\"shape\":[-2],\"data_offsets\":[0,8]}}", 8, "non-negative")]
    [InlineData("{\"x\":{\"dtype\":\"F32\",\"shape\":[2.5],\"data_offsets\":[0,8]}}", 8, "non-negative")]
    [InlineData("{\"x\":{\"dtype\":\"F32\",\"shape\":[99999999999999999999],\"data_offsets\":[0,8]}}", 8, "non-negative")]
    [InlineData("{\"x\":{\"dtype\":\"F31\",\"shape\":[2],\"data_offsets\":[0,8]}}", 8, "'F31'")]
    [InlineData("{\"x\":{\"dtype\":7,\"shape\":[2],\"data_offsets\":[0,8]}}", 8, "not a string")]
    [InlineData("{\"x\":{\"shape\":[2],\"data_offsets\":[0,8]}}", 8, "lacks")]
    [InlineData("{\"x\":{\"dtype\":\"F32\",\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}", 8, "twice")]
    [InlineData("{\"x\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]},\"x\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[8,16]}}", 16, "twice")]
    [InlineData("{\"x\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8],\"z\":1}}", 8, "unknown field")]
    [InlineData("{\"x\":[1]}", 0, "expected an object")]
    [InlineData("{\"__metadata__\":{\"a\":1}}", 0, "expected a string")]
    [InlineData("{\"__metadata__\":{\"a\":\"1\",\"a\":\"1\"}}", 0, "twice")]
    [InlineData("{\"x\":{\"dtype\":\"F32\",\"shape\":[[[[[[[[[[[2]]]]]]]]]]],\"data_offsets\":[0,8]}}", 8, "")]
    [InlineData("{\"\\ud800\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}", 8, "")]
    [InlineData("{} {}", 0, "not valid JSON")]
    [InlineData("{\"x\":", 0, "not valid JSON")]
    [InlineData("{", 0, "")]
    public void Bad_headers_are_refused(string header, int data, string message) =>
        Assert.Contains(message, Assert.Throws<CheckpointFormatException>(() => Checkpoint.Open(Raw(header, data))).Message);

    [Theory]
    [InlineData(ulong.MaxValue)]
    [InlineData(1ul << 63)]
    [InlineData(100_000_001)]
    [InlineData(99_999_999)]
    [InlineData(1)]
    public void Header_length_is_not_believed(ulong length)
    {
        var path = _folder.Write("a.safetensors", [.. BitConverter.GetBytes(length), .. "{\"x\":1}"u8]);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Throws<CheckpointFormatException>(() => Checkpoint.Open(path));
        Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < 1 << 20);
    }

    public void Dispose() => _folder.Dispose();

    private string Raw(string header, int data)
    {
        var bytes = TextEncoding.UTF8.GetBytes(header);
        return _folder.Write("raw.safetensors", [.. BitConverter.GetBytes((ulong)bytes.Length), .. bytes, .. new byte[data]]);
    }
}
