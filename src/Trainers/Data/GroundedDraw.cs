using MLNet.VisionLanguage.Layers;
using MLNet.VisionLanguage.Models;
using MLNet.VisionLanguage.Tokenization;

namespace MLNet.VisionLanguage.Data;

/// <summary>
/// How rows are drawn anew each time: another size, perhaps mirrored, and where classes are named a prompt of those that are there and of
/// others (fine_grained/maskrcnn_benchmark/data/datasets/od_to_grounding.py).
/// </summary>
/// <param name="config">The detector.</param>
/// <param name="tokenizer">Of its texts.</param>
/// <param name="classes">All names of classes; empty where rows have texts.</param>
/// <param name="sides">The shorter sides that images are resized to.</param>
/// <param name="flip">The chance that an image is mirrored.</param>
internal sealed class GroundedDraw(
    FiberDetectorConfig config, TextTokenizer tokenizer, IReadOnlyList<string> classes, IReadOnlyList<int> sides, double flip)
{
    /// <summary>At most so many classes are named that are not there.</summary>
    private const int MostOthers = 85;

    /// <summary>The chance that as many of them are named as may be; else it is any number.</summary>
    private const double AllOthers = 0.5;

    public DrawnRow Draw(GroundedRow row, Random random)
    {
        var size = FiberDetectorImages.ResizedSize(row.Height, row.Width, sides[random.Next(sides.Count)], config.LongerSide);
        var isFlipped = random.NextDouble() < flip;
        var boxes = PixelBoxes.Scale(row.Boxes, (float)size.Width / row.Width, (float)size.Height / row.Height);
        if (isFlipped) boxes = PixelBoxes.Flip(boxes, size.Width);
        var (text, spans) = row.Text is { } said ? (said, Spans(row, said)) : Prompt(row, random);
        var ids = tokenizer.Encode(text, null, config.MaxTokens).InputIds;
        var characters = TokenCharacters.Of(tokenizer, text);

        // What the cut-off end of the text tells of is nowhere said.
        int[][] tokens = [.. spans.Select(span => TokenSpans.Tokens(characters, [span]).Where(token => token < ids.Length - 1).ToArray())];
        int[] kept = [.. Enumerable.Range(0, tokens.Length).Where(i => tokens[i].Length > 0)];
        return new(
            row, size, isFlipped, ids, [.. kept.SelectMany(i => boxes.AsSpan(4 * i, 4).ToArray())], [.. kept.Select(i => tokens[i])]);
    }

    private static List<CharacterSpan> Spans(GroundedRow row, string text)
    {
        if (row.Phrases.Length == 0) return [.. Enumerable.Repeat(new CharacterSpan(0, text.Length), row.Boxes.Length / 4)];
        var found = PhraseSpans.Find(text, [.. row.Phrases.Distinct(StringComparer.Ordinal)]);
        return [.. row.Phrases.Select(phrase => found[phrase])];
    }

    private (string Text, List<CharacterSpan> Spans) Prompt(GroundedRow row, Random random)
    {
        string[] present = [.. row.Phrases.Distinct(StringComparer.Ordinal)];
        string[] others = [.. classes.Except(present, StringComparer.Ordinal)];
        random.Shuffle(others);
        var most = Math.Min(MostOthers, others.Length);
        var count = random.NextDouble() < AllOthers ? most : random.Next(present.Length > 0 ? 0 : Math.Min(1, most), most + 1);
        while (true)
        {
            string[] named = [.. present, .. others[..count]];
            random.Shuffle(named);
            var prompt = DetectionPrompt.Of(named);
            tokenizer.Encode(prompt.Text, null, int.MaxValue, out var length);
            if (length > config.MaxTokens && count > 0)
            {
                // Classes that are there stay as long as there are others.
                count -= Math.Max(1, count / 8);
                continue;
            }

            return (prompt.Text, [.. row.Phrases.Select(name => prompt.Spans[Array.IndexOf(named, name)])]);
        }
    }
}
