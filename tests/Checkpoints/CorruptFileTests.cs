using System.Diagnostics;
using MLNet.VisionLanguage.Tests.Support;
using Xunit;
using TextEncoding = System.Text.Encoding;

namespace MLNet.VisionLanguage.Tests.Checkpoints;

/// <summary>Cut and flipped files: the one error or a sound result, in bounded time and memory, whatever the bytes.</summary>
public sealed class CorruptFileTests : IDisposable
{
    private const int Flips = 600;

    private readonly TemporaryFolder _folder = new();

    public static TheoryData<string> Files => ["weights.safetensors", "weights.bin", "weights_legacy.bin", "checkpoint.model"];

    [Theory]
    [MemberData(nameof(Files))]
    public void Truncated_files_are_refused(string name)
    {
        var bytes = File.ReadAllBytes(TestData.Golden("vlbert", "pretraining_core-a", name));
        var lengths = Enumerable.Range(0, 300).Concat(Enumerable.Range(0, 300).Select(i => (int)((long)i * bytes.Length / 300)))
            .Concat(Enumerable.Range(bytes.Length - 100, 100)).Distinct();
        foreach (var length in lengths)
        {
            var path = _folder.Write("cut", bytes.AsSpan(0, length));
            var error = Assert.Throws<CheckpointFormatException>(() => Checkpoint.Open(path).Dispose());
            Assert.Contains(path, error.Message);
        }
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void Flipped_bytes_give_the_error_or_a_result(string name)
    {
        var original = File.ReadAllBytes(TestData.Golden("vlbert", "pretraining_core-a", name));
        var random = new Random(20240607);

        // The descriptions lie at the ends of the files; flips among the weights only change weights.
        var ends = Math.Min(original.Length, 40_000);
        var (refused, slowest) = (0, TimeSpan.Zero);
        for (var i = 0; i < Flips; i++)
        {
            var bytes = (byte[])original.Clone();
            for (var n = random.Next(1, 4); n > 0; n--)
            {
                var at = random.Next(3) switch { 0 => random.Next(64), 1 => random.Next(ends), _ => bytes.Length - 1 - random.Next(ends) };
                bytes[at] = random.Next(3) switch { 0 => (byte)(bytes[at] ^ (1 << random.Next(8))), 1 => 0xff, _ => (byte)random.Next(256) };
            }

            var path = _folder.Write("flipped", bytes);
            var before = GC.GetAllocatedBytesForCurrentThread();
            var time = Stopwatch.StartNew();
            refused += Survives(path) ? 0 : 1;
            slowest = time.Elapsed > slowest ? time.Elapsed : slowest;
            Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < 64 << 20, $"flip {i} allocated too much");
        }

        Assert.True(slowest < TimeSpan.FromSeconds(5), $"one file took {slowest}");
        Assert.InRange(refused, Flips / 10, Flips - 1);
    }

    [Theory]
    [InlineData("")]
    [InlineData("x")]
    [InlineData("PK")]
    [InlineData("PK\u0003\u0004 and no more")]
    [InlineData("GIF89a, surely not a checkpoint")]
    [InlineData("{\"model\": \"json\"}")]
    public void Other_files_are_refused(string text)
    {
        var path = _folder.Write("other", TextEncoding.Latin1.GetBytes(text));
        Assert.Contains(path, Assert.Throws<CheckpointFormatException>(() => Checkpoint.Open(path)).Message);
    }

    [Fact]
    public void Missing_files_are_missing() => Assert.Throws<FileNotFoundException>(() => Checkpoint.Open(_folder.File("nowhere.bin")));

    public void Dispose() => _folder.Dispose();

    /// <summary>Opens and reads everything; false for the one exception that is allowed.</summary>
    private static bool Survives(string path)
    {
        try
        {
            using var checkpoint = Checkpoint.Open(path);
            foreach (var name in checkpoint.Names)
                Assert.Equal(checkpoint[name].Count, checkpoint[name].ToSingles().Length);
            return true;
        }
        catch (CheckpointFormatException)
        {
            return false;
        }
    }
}
