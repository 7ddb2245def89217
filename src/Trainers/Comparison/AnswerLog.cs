using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.VisionLanguage.Metrics;

namespace MLNet.VisionLanguage.Comparison;

/// <summary>A model's answers to all questions, in their order.</summary>
internal sealed class AnswerLog
{
    private const string Predicted = "PredictedLabel";
    private const string Score = "Score";
    private const string Boxes = "RegionBoxes";
    private const string Size = "ImageSize";

    public List<string> Answers { get; } = [];

    public List<double> Probabilities { get; } = [];

    /// <summary>The boxes and the image's size of the rows that were asked for, by their position.</summary>
    public Dictionary<int, (float[] Boxes, float[] Size)> Regions { get; } = [];

    /// <summary>Reads scored rows.</summary>
    /// <param name="name">The model, for messages.</param>
    /// <param name="scored">The rows.</param>
    /// <param name="keepsRegions">Whether a row's regions are wanted, of its position, answer and probability.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <exception cref="ArgumentException">A column is missing or of another type.</exception>
    public static AnswerLog Read(string name, IDataView scored, Func<int, string, double, bool> keepsRegions, CancellationToken cancellation)
    {
        var log = new AnswerLog();
        var rows = new ScoredRows($"model '{name}'", scored);
        var (answer, scores) = (rows.Texts(Predicted), rows.Numbers(Score));
        var (boxes, size) = IsNumbers(Boxes) && IsNumbers(Size) ? (rows.Numbers(Boxes), rows.Numbers(Size)) : (null, null);
        rows.ForEach(() =>
        {
            cancellation.ThrowIfCancellationRequested();
            var given = answer().FirstOrDefault() ?? "";
            var probability = (double)scores().DefaultIfEmpty(0).Max();
            if (boxes is not null && keepsRegions(log.Answers.Count, given, probability)) log.Regions[log.Answers.Count] = (boxes(), size!());
            log.Answers.Add(given);
            log.Probabilities.Add(probability);
        });
        return log;

        bool IsNumbers(string column) =>
            scored.Schema.GetColumnOrNull(column) is { Type: VectorDataViewType { ItemType: NumberDataViewType { RawType: var type } } }
            && type == typeof(float);
    }
}
