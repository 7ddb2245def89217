#nullable disable
using System.Numerics;

namespace Microsoft.ML.Data;

/// <summary>
/// Three Tausworthe steps and a linear congruential one, xor-ed ("GPU Gems 3", chapter 37), seeded through MurmurHash3 rounds: ML.NET's
/// generator, so that seeded splits and samples take the same rows.
/// </summary>
internal sealed class HybridRandom : Random
{
    private uint _first;
    private uint _second;
    private uint _third;
    private uint _linear;

    public HybridRandom(uint seed)
    {
        _first = seed;
        _second = Murmur.Round(_first, seed);
        _third = Murmur.Round(_second, seed);
        _linear = Murmur.Round(_third, seed);
    }

    public HybridRandom(Random seed)
    {
        _first = Seed(seed);
        _second = Seed(seed);
        _third = Seed(seed);
        _linear = Word(seed);
    }

    public override float NextSingle() => (NextWord() >> 9) * (1f / (1 << 23));

    public override double NextDouble() => NextWord() * (1.0 / (1L << 32));

    public override int Next() => (int)(NextWord() & int.MaxValue);

    public override int Next(int maxValue)
    {
        Guard.Param(maxValue >= 0, nameof(maxValue));
        return (int)(((ulong)NextWord() * (ulong)maxValue) >> 32);
    }

    public override int Next(int minValue, int maxValue)
    {
        Guard.Param(minValue <= maxValue, nameof(minValue));
        return (int)((long)(NextDouble() * ((long)maxValue - minValue)) + minValue);
    }

    /// <summary>All 32 bits.</summary>
    public int NextSigned() => (int)NextWord();

    private static uint Word(Random random) => ((uint)random.Next(0x10000) << 16) | (uint)random.Next(0x10000);

    private static uint Seed(Random random)
    {
        // A Tausworthe step needs a state of at least 128.
        uint word;
        do
            word = Word(random);
        while (word < 128);
        return word;
    }

    private static uint Step(uint state, int first, int second, int third, uint mask)
        => ((state & mask) << third) ^ (((state << first) ^ state) >> second);

    private uint NextWord()
    {
        _first = Step(_first, 13, 19, 12, ~0x1u);
        _second = Step(_second, 2, 25, 4, ~0x7u);
        _third = Step(_third, 3, 11, 17, ~0xfu);
        _linear = unchecked((_linear * 1664525) + 1013904223);
        return _first ^ _second ^ _third ^ _linear;
    }
}

/// <summary>MurmurHash3, 32 bits.</summary>
internal static class Murmur
{
    public static uint Round(uint hash, uint chunk) => unchecked((BitOperations.RotateLeft(hash ^ Scramble(chunk), 13) * 5) + 0xe6546b64);

    public static uint Finish(uint hash, int bytes)
    {
        unchecked
        {
            hash ^= (uint)bytes;
            hash = (hash ^ (hash >> 16)) * 0x85ebca6b;
            hash = (hash ^ (hash >> 13)) * 0xc2b2ae35;
            return hash ^ (hash >> 16);
        }
    }

    public static uint Hash(uint seed, ReadOnlySpan<byte> bytes)
    {
        var hash = seed;
        var rest = bytes;
        for (; rest.Length >= 4; rest = rest[4..])
            hash = Round(hash, System.Buffers.Binary.BinaryPrimitives.ReadUInt32LittleEndian(rest));
        uint tail = 0;
        for (var i = rest.Length - 1; i >= 0; i--)
            tail = (tail << 8) | rest[i];
        if (rest.Length > 0)
            hash ^= Scramble(tail);
        return Finish(hash, bytes.Length);
    }

    private static uint Scramble(uint chunk) => unchecked(BitOperations.RotateLeft(chunk * 0xcc9e2d51, 15) * 0x1b873593);
}
