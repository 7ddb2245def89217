using System.Text.Json;
using MLNet.VisionLanguage.Data;
using MLNet.VisionLanguage.Objectives;
using MLNet.VisionLanguage.Tests.Support;

namespace MLNet.VisionLanguage.Tests.GoldenRunners;

/// <summary>A row of a post-concap case, masked by the draws that the case recorded.</summary>
internal sealed class MaskedRow : IMaskingDraws
{
    private readonly Queue<double> _uniform;
    private readonly Queue<int> _words;

    public MaskedRow(GoldenCase c, JsonElement draws, int row)
    {
        _uniform = new(draws.GetProperty("uniform").EnumerateArray().Select(number => number.GetDouble()));
        _words = new(draws.GetProperty("random_token").EnumerateArray().Select(number => number.GetInt32()));
        Features = c.Inputs[$"{row}.features"].ToSingles();
        Boxes = c.Inputs[$"{row}.boxes"].ToSingles();
        ImageSize = [.. c.Inputs[$"{row}.image_wh"].ToInt64s().Select(size => (float)size)];
        var masks = new PretrainingMasks(this);
        IsReplaced = masks.ReplacesCaption();
        var caption = IsReplaced
            ? c.Json.GetProperty("captions")[draws.GetProperty("random_caption")[0].GetInt32()]
            : draws.GetProperty("caption");
        var length = (int)c.Outputs["input_ids"].Shape[1];
        int[] words = [.. caption.GetString()!.Split(' ').Select(word => int.Parse(word, null)).Take(length - 2)];
        var (ids, labels) = masks.MaskWords(words, MaskToken);
        var text = TextTokenizer.Assemble(ids, null, classification: 1, separator: 2, length);
        long[] Padded(IEnumerable<long> values, long padding) => [.. values.Concat(Enumerable.Repeat(padding, length)).Take(length)];
        Ids = Padded(text.InputIds, 0);
        Mask = Padded(text.AttentionMask, 0);
        Types = Padded(text.TokenTypeIds, 0);
        Labels = Padded([MaskedTokens.None, .. labels], MaskedTokens.None);
        Regions = masks.MaskRegions(Features, Boxes);
        Xunit.Assert.Empty(_uniform);
        Xunit.Assert.Empty(_words);
    }

    public bool IsReplaced { get; }

    public long[] Ids { get; }

    public long[] Mask { get; }

    public long[] Types { get; }

    public long[] Labels { get; }

    public float[] Features { get; }

    public float[] Boxes { get; }

    public float[] ImageSize { get; }

    public MaskedRegions Regions { get; }

    public double Uniform() => _uniform.Dequeue();

    public int Word() => _words.Dequeue();

    private const int MaskToken = 3;
}
