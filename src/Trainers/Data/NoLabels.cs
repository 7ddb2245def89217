using System.Security.Cryptography;
using Microsoft.ML;

namespace MLNet.VisionLanguage.Data;

/// <summary>A row is right as it is.</summary>
internal sealed class NoLabels : TrainingLabels<bool>
{
    public override IReadOnlyList<DataViewSchema.Column> Columns(DataViewSchema schema) => [];

    public override Func<bool> Reader(DataViewRow row) => () => true;

    public override string? Problem(bool label) => null;

    public override void AddTo(IncrementalHash digest, bool label)
    {
    }
}
