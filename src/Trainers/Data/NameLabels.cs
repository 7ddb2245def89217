using System.Security.Cryptography;
using System.Text;
using Microsoft.ML;
using MLNet.VisionLanguage.Columns;

namespace MLNet.VisionLanguage.Data;

/// <summary>A row's label.</summary>
/// <param name="Place">The place of its name in the list, or -1.</param>
/// <param name="Found">What stands there.</param>
internal sealed record NameLabel(int Place, string? Found);

/// <summary>Reads which of a list of names a row's label is.</summary>
internal sealed class NameLabels(string component, string columnName, IReadOnlyList<string> names) : TrainingLabels<NameLabel>
{
    private readonly Dictionary<string, int> _places =
        names.Select((name, place) => (name, place)).ToDictionary(pair => pair.name, pair => pair.place, StringComparer.Ordinal);

    public override IReadOnlyList<DataViewSchema.Column> Columns(DataViewSchema schema) => [LabelNames.Find(component, schema, columnName)];

    public override Func<NameLabel> Reader(DataViewRow row)
    {
        var reader = LabelNames.Reader(row, row.Schema[columnName], names);
        return () => reader() is { } name ? new(PlaceOf(name), name) : new(-1, null);
    }

    /// <summary>Data sets write "true" and "True".</summary>
    private int PlaceOf(string name) => _places.TryGetValue(name, out var place)
        ? place
        : names.Index().Where(pair => pair.Item.Equals(name, StringComparison.OrdinalIgnoreCase)).Select(pair => pair.Index).FirstOrDefault(-1);

    public override string? Problem(NameLabel label) => label.Place >= 0
        ? null
        : $"column '{columnName}' {(label.Found is { } found ? $"is '{found}'" : "has no value")}; "
            + $"{(names.Count == 1 ? "" : "one of ")}{string.Join(", ", names)} is expected.";

    public override void AddTo(IncrementalHash digest, NameLabel label) => digest.AppendData(Encoding.UTF8.GetBytes(label.Found + "\n"));
}
