using System.Globalization;
using MLNet.VisionLanguage.Tests.Support;
using MLNet.VisionLanguage.Tests.Training;
using Xunit;
using Xunit.Abstractions;

namespace MLNet.VisionLanguage.Tests.Fuzzing;

/// <summary>
/// Gives a reader spoiled inputs: each must be read or refused with the reader's own exception, within a second and with no more than
/// 200 MB. The same seed makes the same inputs. A crash would end the test run.
/// </summary>
/// <param name="output">Where the figures go.</param>
/// <param name="reader">What is read, for messages.</param>
/// <param name="seeds">Whole inputs, which the reader must take.</param>
/// <param name="read">Reads one input; false when it was refused as documented.</param>
internal sealed class FuzzRun(ITestOutputHelper output, string reader, IReadOnlyList<byte[]> seeds, Func<byte[], bool> read)
{
    private const long MostMilliseconds = 1000;
    private const long MostMemory = 200L << 20;

    /// <summary>The inputs of a long run over all readers together; VL_FUZZ=N sets another number.</summary>
    public static int LongCount => int.Parse(Environment.GetEnvironmentVariable("VL_FUZZ") ?? "1000000", CultureInfo.InvariantCulture);

    /// <summary>VL_FUZZ_SEED=N makes other inputs.</summary>
    public static int LongSeed => int.Parse(Environment.GetEnvironmentVariable("VL_FUZZ_SEED") ?? "2", CultureInfo.InvariantCulture);

    /// <summary>How a whole input is spoiled; without, anywhere in its bytes.</summary>
    public Func<byte[], Random, byte[]> Spoil { get; init; } = Mutations.Mutate;

    /// <summary>One in so many inputs at least is read: else the reader's depths were not reached.</summary>
    public int Least { get; init; } = 1000;

    /// <summary>One in so many inputs at least is refused: else they were hardly spoiled.</summary>
    public int LeastRefused { get; init; } = 50;

    /// <summary>The memory of this process that the run may take beside what .NET allocates, measured where Linux tells it.</summary>
    public bool MeasuresProcess { get; init; }

    public void Run(int count, int seed)
    {
        foreach (var whole in seeds) Assert.True(read(whole), $"{reader}: a whole input is refused");
        var before = MeasuresProcess && ResidentMemory.CanMeasure ? ResidentMemory.Reset() : 0;
        var (taken, slowest, most) = (0, 0L, 0L);
        for (var i = 0; i < count; i++)
        {
            // Each input by its own number, so that one that fails can be made again alone.
            var random = new Random(unchecked((seed * 1_000_003) + i));
            var input = Spoil(seeds[random.Next(seeds.Count)], random);
            var isRead = false;
            var allocated = GC.GetAllocatedBytesForCurrentThread();
            try
            {
                var time = Timing.Within(MostMilliseconds, $"{reader}: input {i} of seed {seed}", () => isRead = read(input));
                slowest = Math.Max(slowest, time);
            }
            catch (Exception e) when (e is not Xunit.Sdk.XunitException)
            {
                var start = Convert.ToHexString(input.AsSpan(0, Math.Min(input.Length, 64)));
                Assert.Fail($"{reader}: input {i} of seed {seed} ({start}...): {e}");
            }

            allocated = GC.GetAllocatedBytesForCurrentThread() - allocated;
            Assert.True(allocated < MostMemory, $"{reader}: input {i} of seed {seed} took {allocated} bytes");
            most = Math.Max(most, allocated);
            taken += isRead ? 1 : 0;
        }

        var grown = before > 0 ? ResidentMemory.TakePeak() - before : 0;
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{reader}: {taken} of {count} inputs were read, {count - taken} refused; the slowest took {slowest} ms, "
            + $"the largest {most >> 10} KiB; the process grew by {grown} KiB"));
        Assert.True(grown < MostMemory >> 10, $"{reader}: the process grew by {grown} KiB");
        Assert.InRange(taken, count / Least, count - (count / LeastRefused));
    }
}
