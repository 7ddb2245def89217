using System.Globalization;
using System.Text.Json;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNet.VisionLanguage.Tool.Tasks;

/// <summary>What a model says of a row's regions, the best first.</summary>
/// <param name="Places">Where they stand among the row's regions.</param>
/// <param name="Boxes">Pixels x1 y1 x2 y2.</param>
/// <param name="Scores">0..1, each for itself.</param>
internal sealed record LocatedRegions(int[] Places, float[][] Boxes, float[] Scores)
{
    /// <summary>How many are told to people.</summary>
    public int Top { get; init; } = 1;

    /// <summary>The columns that <see cref="Reader"/> reads.</summary>
    public static IReadOnlyList<string> Columns { get; } = ["Score", "RegionBoxes"];

    /// <summary>Reads scored rows.</summary>
    public static Func<LocatedRegions> Reader(DataViewRow row, int top)
    {
        var score = row.GetGetter<VBuffer<float>>(row.Schema[Columns[0]]);
        var box = row.GetGetter<VBuffer<float>>(row.Schema[Columns[1]]);
        VBuffer<float> scores = default, boxes = default;
        return () =>
        {
            score(ref scores);
            box(ref boxes);
            float[] values = [.. scores.DenseValues()];
            float[][] all = [.. boxes.DenseValues().Chunk(4)];
            int[] order = [.. Enumerable.Range(0, values.Length).OrderByDescending(i => values[i])];
            return new(order, [.. order.Select(i => all[i])], [.. order.Select(i => values[i])]) { Top = top };
        };
    }

    /// <summary>The scores in the order of the row's regions.</summary>
    public float[] ScoresInPlace()
    {
        var scores = new float[Scores.Length];
        for (var i = 0; i < scores.Length; i++) scores[Places[i]] = Scores[i];
        return scores;
    }

    /// <summary>The first so many.</summary>
    public LocatedRegions First(int count) => new([.. Places.Take(count)], [.. Boxes.Take(count)], [.. Scores.Take(count)]);

    /// <summary>Writes those to tell, for people or as one JSON object.</summary>
    /// <param name="output">Where to.</param>
    /// <param name="json">Whether as JSON.</param>
    /// <param name="text">What was asked.</param>
    /// <param name="image">The image's name.</param>
    public void Write(TextWriter output, bool json, string text, string image)
    {
        var told = First(Top);
        if (json)
        {
            var boxes = told.Places.Select((place, i) => new { region = place, box = told.Boxes[i], score = told.Scores[i] });
            output.WriteLine(JsonSerializer.Serialize(new { text, image, boxes }));
            return;
        }

        for (var i = 0; i < told.Places.Length; i++)
        {
            var corners = string.Join(' ', told.Boxes[i].Select(number => number.ToString("F1", CultureInfo.InvariantCulture)));
            output.WriteLine($"{corners}  {told.Scores[i].ToString("F4", CultureInfo.InvariantCulture)}");
        }
    }
}
