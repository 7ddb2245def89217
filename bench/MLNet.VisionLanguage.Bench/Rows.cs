using System.Globalization;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNet.VisionLanguage.Bench;

/// <summary>A question about an image, as text and as tokens.</summary>
internal sealed class BenchRow
{
    public string Question { get; set; } = "";

    public long[] InputIds { get; set; } = [];

    public long[] AttentionMask { get; set; } = [];

    public long[] TokenTypeIds { get; set; } = [];

    public float[] RegionFeatures { get; set; } = [];

    public float[] RegionBoxes { get; set; } = [];

    [VectorType(2)]
    public float[] ImageSize { get; set; } = [];

    public string[] Answers { get; set; } = [];

    public float[] AnswerScores { get; set; } = [];

    /// <summary>The same question about the image of another row.</summary>
    public BenchRow About(BenchRow other)
    {
        var copy = (BenchRow)MemberwiseClone();
        (copy.RegionFeatures, copy.RegionBoxes, copy.ImageSize) = (other.RegionFeatures, other.RegionBoxes, other.ImageSize);
        return copy;
    }
}

internal sealed class BenchScore
{
    public float[] Score { get; set; } = [];
}

/// <summary>Questions and images of the sizes that VQA v2 with bottom-up attention has, drawn by a seed.</summary>
internal sealed class RowMaker(VisionLanguageModel model, IReadOnlyList<string> answers, int regions, int seed = 1)
{
    private const int Specials = 5;

    private readonly Random _random = new(seed);

    /// <summary>A vocabulary of words that are one token each.</summary>
    public static BertVocabulary Vocabulary(int size) => BertVocabulary.Parse(string.Join(
        '\n', new[] { "[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]" }.Concat(Enumerable.Range(Specials, size - Specials).Select(Word))));

    /// <summary>Rows with questions of given lengths, so many to an image.</summary>
    public List<BenchRow> Make(IEnumerable<int> lengths, int questionsOfImage = 1)
    {
        var rows = new List<BenchRow>();
        BenchRow? image = null;
        foreach (var length in lengths)
        {
            if (rows.Count % questionsOfImage == 0) image = Image();
            rows.Add(Ask(image!, length));
        }

        return rows;
    }

    /// <summary>Lengths as VQA v2 has them, with [CLS] and [SEP].</summary>
    public IEnumerable<int> RealLengths(int count)
    {
        using var stream = typeof(RowMaker).Assembly.GetManifestResourceStream("question-lengths.txt")!;
        using var reader = new StreamReader(stream);
        List<(int Length, int Count)> histogram =
        [
            .. reader.ReadToEnd().Split('\n').Where(line => line.Length > 0 && line[0] != '#').Select(line => line.Split(' ')).Select(parts =>
                (int.Parse(parts[0], CultureInfo.InvariantCulture), int.Parse(parts[1], CultureInfo.InvariantCulture))),
        ];
        for (var i = 0; i < count; i++)
        {
            var place = _random.Next(histogram.Sum(entry => entry.Count));
            yield return histogram.First(entry => (place -= entry.Count) < 0).Length;
        }
    }

    private static string Word(int id) => $"w{id}";

    private BenchRow Ask(BenchRow image, int length)
    {
        long[] ids = [2, .. Enumerable.Range(0, length - 2).Select(_ => (long)_random.Next(Specials, model.VocabularySize)), 3];
        return new()
        {
            Question = string.Join(' ', ids[1..^1].Select(id => Word((int)id))),
            InputIds = ids,
            AttentionMask = [.. ids.Select(_ => 1L)],
            TokenTypeIds = new long[length],
            RegionFeatures = image.RegionFeatures,
            RegionBoxes = image.RegionBoxes,
            ImageSize = image.ImageSize,
            Answers = [answers[_random.Next(answers.Count)]],
            AnswerScores = [1],
        };
    }

    private BenchRow Image()
    {
        const float Width = 640, Height = 480;
        return new()
        {
            RegionFeatures = [.. Enumerable.Range(0, regions * model.RegionFeatureSize).Select(_ => Math.Max(0, _random.NextSingle() - 0.5f))],
            RegionBoxes = [.. Enumerable.Range(0, regions).SelectMany(_ => Box())],
            ImageSize = [Width, Height],
        };

        float[] Box()
        {
            float x = _random.NextSingle() * Width / 2, y = _random.NextSingle() * Height / 2;
            return [x, y, x + (Width / 4), y + (Height / 4)];
        }
    }
}

internal static class ViewExtensions
{
    /// <summary>Reads the scores of all rows, one behind the other.</summary>
    public static float[] Scores(this IDataView view) => [.. view.GetColumn<float[]>("Score").SelectMany(row => row)];

    /// <summary>Reads the scores and forgets them.</summary>
    public static int Drain(this IDataView view)
    {
        using var cursor = view.GetRowCursor([view.Schema["Score"]]);
        var getter = cursor.GetGetter<VBuffer<float>>(view.Schema["Score"]);
        var (value, rows) = (default(VBuffer<float>), 0);
        for (; cursor.MoveNext(); rows++) getter(ref value);
        return rows;
    }
}
