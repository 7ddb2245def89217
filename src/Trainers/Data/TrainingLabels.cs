using System.Security.Cryptography;
using Microsoft.ML;

namespace MLNet.VisionLanguage.Data;

/// <summary>What a task reads of a row besides its inputs.</summary>
/// <typeparam name="TLabel">What it makes of it.</typeparam>
internal abstract class TrainingLabels<TLabel>
{
    /// <summary>The label columns of a schema.</summary>
    /// <exception cref="ArgumentException">One is missing or of another type; the message names it.</exception>
    public abstract IReadOnlyList<DataViewSchema.Column> Columns(DataViewSchema schema);

    /// <summary>Reads the label of the row that is current when it is called.</summary>
    /// <param name="row">A row whose <see cref="Columns"/> are active.</param>
    public abstract Func<TLabel> Reader(DataViewRow row);

    /// <summary>Tells what is wrong with a label, naming the column; null when nothing is.</summary>
    public abstract string? Problem(TLabel label);

    /// <summary>Adds a label to a digest of the data.</summary>
    public abstract void AddTo(IncrementalHash digest, TLabel label);
}
