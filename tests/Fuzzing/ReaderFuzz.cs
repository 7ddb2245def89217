using MLNet.VisionLanguage.Tests.Support;
using Xunit;
using Xunit.Abstractions;

namespace MLNet.VisionLanguage.Tests.Fuzzing;

/// <summary>Spoiled inputs of every reader of files but images.</summary>
public sealed class ReaderFuzz(ITestOutputHelper output) : IDisposable
{
    private readonly FuzzedReaders _readers = new();

    public void Dispose() => _readers.Dispose();

    [Theory]
    [MemberData(nameof(Shares))]
    public void Spoiled_inputs_do_no_harm(string reader, int share) =>
        _readers.Run(output, reader, Math.Max(share * 4, 10), seed: 1, measure: false);

    /// <summary>./test.sh --long fuzzing: a million inputs of all readers together.</summary>
    [Theory]
    [Trait(LongTier.Tier, LongTier.Long)]
    [Trait(LongTier.Part, "fuzzing")]
    [MemberData(nameof(Shares))]
    public void A_million_spoiled_inputs_do_no_harm(string reader, int share) =>
        _readers.Run(output, reader, (int)((long)FuzzRun.LongCount * share / 1000), FuzzRun.LongSeed, measure: true);

    /// <summary>The inputs of each reader in a thousand; a model takes as long as a thousand pickles.</summary>
    public static TheoryData<string, int> Shares => new()
    {
        { "pickle", 230 },
        { "PyTorch zip", 190 },
        { "PyTorch legacy", 120 },
        { "safetensors", 160 },
        { "index", 40 },
        { "region features", 99 },
        { "questions", 50 },
        { "annotations", 50 },
        { "answers", 60 },
        { "model", 1 },
    };
}
