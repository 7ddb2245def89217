using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNet.VisionLanguage.Metrics;

/// <summary>ML.NET's own metrics of tasks that choose one of several names.</summary>
internal static class NamedMetrics
{
    private const string SlotNames = "SlotNames";

    /// <summary>
    /// ML.NET compares numbers of keys, which is right only when label and prediction count the same names in the same order; here the label's
    /// names become keys of the prediction's.
    /// </summary>
    public static MulticlassClassificationMetrics Evaluate(
        MLContext mlContext, string component, IDataView scored, string labelColumnName, string scoreColumnName, string predictedLabelColumnName)
    {
        var rows = new ScoredRows(component, scored);
        var names = rows.KeyTexts(predictedLabelColumnName);
        if (names.Count == 0)
            throw new ArgumentException($"{component}: column '{predictedLabelColumnName}' must be a key with texts as KeyValues.", nameof(scored));
        var (label, predicted, scores) = (rows.Name(labelColumnName, names), rows.Texts(predictedLabelColumnName), rows.Numbers(scoreColumnName));
        var keys = names.Select((name, number) => (name, number)).ToDictionary(pair => pair.name, pair => (uint)pair.number, StringComparer.Ordinal);
        var judged = new List<Judged>();
        rows.ForEach(() =>
        {
            var (name, numbers) = (label(), scores());
            if (!keys.TryGetValue(name, out var key))
                throw rows.Error($"column '{labelColumnName}' is '{name}'; one of {string.Join(", ", names)} is expected");
            if (numbers.Length != names.Count) throw rows.Error($"column '{scoreColumnName}' has {numbers.Length} scores for {names.Count} names");
            judged.Add(new() { Label = key, PredictedLabel = predicted() is [var given] ? keys[given] : uint.MaxValue, Score = numbers });
        });

        var schema = SchemaDefinition.Create(typeof(Judged));
        var texts = new VBuffer<ReadOnlyMemory<char>>(names.Count, [.. names.Select(name => name.AsMemory())]);
        var textsType = new VectorDataViewType(TextDataViewType.Instance, names.Count);
        foreach (var column in new[] { nameof(Judged.Label), nameof(Judged.PredictedLabel) })
        {
            schema[column].ColumnType = new KeyDataViewType(typeof(uint), names.Count);
            schema[column].AddAnnotation("KeyValues", texts, textsType);
        }

        schema[nameof(Judged.Score)].ColumnType = new VectorDataViewType(NumberDataViewType.Single, names.Count);
        schema[nameof(Judged.Score)].AddAnnotation(SlotNames, texts, textsType);
        return mlContext.MulticlassClassification.Evaluate(mlContext.Data.LoadFromEnumerable(judged, schema));
    }

    /// <summary>A row. Keys in a class count from 0, other than in a data view; what no name has is missing.</summary>
    private sealed class Judged
    {
        public uint Label { get; set; }

        public uint PredictedLabel { get; set; }

        public float[] Score { get; set; } = [];
    }
}
