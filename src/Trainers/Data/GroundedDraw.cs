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
/// <param name="phrases">What the numbers of a row's classes are called; nothing where the whole text means every box.</param>
/// <param name="sides">The shorter sides that images are resized to in training.</param>
/// <param name="flip">The chance that an image is mirrored in training.</param>
internal sealed class GroundedDraw(
    FiberDetectorConfig config, TextTokenizer tokenizer, IReadOnlyList<string> phrases, IReadOnlyList<int> sides, double flip)
{
    /// <summary>At most so many classes are named that are not there.</summary>
    private const int MostOthers = 85;

    /// <summary>The chance that as many of them are named as may be; else it is any number.</summary>
    private const double AllOthers = 0.5;

    /// <param name="row">The row; one without a text is asked for the classes.</param>
    /// <param name="pixels">Its pixels.</param>
    /// <param name="random">What is drawn follows from it.</param>
    /// <param name="varies">Whether size and side vary.</param>
    public DrawnImage Draw(DetectionRow row, byte[] pixels, Random random, bool varies)
    {
        var side = varies ? sides[random.Next(sides.Count)] : config.ShorterSide;
        var size = FiberDetectorImages.ResizedSize(row.Height, row.Width, side, config.LongerSide);
        var isFlipped = varies && random.NextDouble() < flip;
        var boxes = PixelBoxes.Scale(Pixels(row.Objects.Boxes), (float)size.Width / row.Width, (float)size.Height / row.Height);
        if (isFlipped) boxes = PixelBoxes.Flip(boxes, size.Width);
        var (text, spans) = row.Text is { } said ? (said, Spans(row, said)) : Prompt(row, random);
        var ids = tokenizer.Encode(text, null, config.MaxTokens).InputIds;
        var characters = TokenCharacters.Of(tokenizer, text);

        // What the cut-off end of the text tells of is nowhere said, and what is less than a pixel is nowhere seen.
        int[][] tokens = [.. spans.Select(span => TokenSpans.Tokens(characters, [span]).Where(token => token < ids.Length - 1).ToArray())];
        int[] kept = [.. Enumerable.Range(0, tokens.Length).Where(i => tokens[i].Length > 0 && HasPixels(boxes.AsSpan(4 * i, 4)))];
        return new(pixels, row, isFlipped, size)
        {
            Said = new(ids, [.. kept.SelectMany(i => boxes.AsSpan(4 * i, 4).ToArray())], [.. kept.Select(i => tokens[i])]),
        };
    }

    /// <summary>What is wrong with a row's text; null for nothing.</summary>
    /// <param name="text">The text.</param>
    /// <param name="named">The parts of it that mean boxes.</param>
    public static string? FindProblem(string text, IEnumerable<string> named)
    {
        if (string.IsNullOrWhiteSpace(text)) return "holds an empty text";
        return named.FirstOrDefault(phrase => !text.Contains(phrase, StringComparison.OrdinalIgnoreCase)) is { } missing
            ? $"the phrase \"{missing}\" is not in the text \"{text}\""
            : null;
    }

    private static bool HasPixels(ReadOnlySpan<float> box) => box[0] < box[2] && box[1] < box[3];

    /// <summary>Boxes whose far corners are pixels of them, of boxes that end at their corners.</summary>
    private static float[] Pixels(float[] ends)
    {
        var boxes = (float[])ends.Clone();
        for (var i = 0; i < boxes.Length; i += 4) (boxes[i + 2], boxes[i + 3]) = (boxes[i + 2] - 1, boxes[i + 3] - 1);
        return boxes;
    }

    private List<CharacterSpan> Spans(DetectionRow row, string text)
    {
        if (phrases.Count == 0) return [.. Enumerable.Repeat(new CharacterSpan(0, text.Length), row.Objects.Classes.Length)];
        string[] named = [.. row.Objects.Classes.Select(number => phrases[checked((int)number)])];
        var found = PhraseSpans.Find(text, [.. named.Distinct(StringComparer.Ordinal)]);
        return [.. named.Select(phrase => found[phrase])];
    }

    private (string Text, List<CharacterSpan> Spans) Prompt(DetectionRow row, Random random)
    {
        int[] present = [.. row.Objects.Classes.Distinct().Select(number => checked((int)number))];
        int[] others = [.. Enumerable.Range(0, phrases.Count).Except(present)];
        random.Shuffle(others);
        var most = Math.Min(MostOthers, others.Length);
        var count = random.NextDouble() < AllOthers ? most : random.Next(present.Length > 0 ? 0 : Math.Min(1, most), most + 1);
        while (true)
        {
            int[] named = [.. present, .. others[..count]];
            random.Shuffle(named);
            var prompt = DetectionPrompt.Of(named.Select(number => phrases[number]));
            tokenizer.Encode(prompt.Text, null, int.MaxValue, out var length);
            if (length > config.MaxTokens && count > 0)
            {
                // Classes that are there stay as long as there are others.
                count -= Math.Max(1, count / 8);
                continue;
            }

            return (prompt.Text, [.. row.Objects.Classes.Select(number => prompt.Spans[Array.IndexOf(named, checked((int)number))])]);
        }
    }
}
