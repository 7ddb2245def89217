using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNet.VisionLanguage.Scoring;

/// <summary>Takes one row's value of a column from what a batch gave.</summary>
internal delegate void OutputReader<T>(BatchScores scores, int row, ref T value);

/// <summary>A column that scoring adds.</summary>
internal abstract class OutputColumn(string name, DataViewType type, DataViewSchema.Annotations annotations)
{
    public string Name { get; } = name;

    public DataViewType Type { get; } = type;

    public DataViewSchema.Annotations Annotations { get; } = annotations;

    /// <summary>A getter of the row that is current when it is called.</summary>
    /// <param name="current">Gives the scores and which row of them is meant.</param>
    public abstract Delegate CreateGetter(Func<(BatchScores Scores, int Row)> current);

    /// <summary>Annotations with one list of texts, such as SlotNames or KeyValues.</summary>
    public static DataViewSchema.Annotations Texts(string kind, IReadOnlyList<string> texts)
    {
        var values = new VBuffer<ReadOnlyMemory<char>>(texts.Count, [.. texts.Select(text => text.AsMemory())]);
        var builder = new DataViewSchema.Annotations.Builder();
        ValueGetter<VBuffer<ReadOnlyMemory<char>>> getter = (ref VBuffer<ReadOnlyMemory<char>> value) => values.CopyTo(ref value);
        builder.Add(kind, new VectorDataViewType(TextDataViewType.Instance, texts.Count), getter);
        return builder.ToAnnotations();
    }
}

/// <inheritdoc/>
internal sealed class OutputColumn<T>(string name, DataViewType type, DataViewSchema.Annotations annotations, OutputReader<T> read)
    : OutputColumn(name, type, annotations)
{
    public override Delegate CreateGetter(Func<(BatchScores Scores, int Row)> current) => (ValueGetter<T>)((ref T value) =>
    {
        var (scores, row) = current();
        read(scores, row, ref value);
    });
}
