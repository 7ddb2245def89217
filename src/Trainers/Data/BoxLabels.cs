using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.VisionLanguage.Columns;

namespace MLNet.VisionLanguage.Data;

/// <summary>What a row's text means.</summary>
/// <param name="Boxes">The boxes that are meant, x1 y1 x2 y2 in pixels.</param>
/// <param name="Overlaps">The overlap with them of the whole image, then of the row's regions.</param>
internal sealed record BoxLabel(float[] Boxes, float[] Overlaps);

/// <summary>Reads the boxes that a row's text means, and what its regions are worth by them.</summary>
/// <param name="component">What messages call the reader.</param>
/// <param name="boxesColumn">The column of the boxes.</param>
/// <param name="inputs">The user's names of the inputs.</param>
internal sealed class BoxLabels(string component, string boxesColumn, ColumnNames inputs) : TrainingLabels<BoxLabel>
{
    private string[] Names => [boxesColumn, inputs[StandardColumns.RegionBoxes], inputs[StandardColumns.ImageSize]];

    public override IReadOnlyList<DataViewSchema.Column> Columns(DataViewSchema schema)
    {
        foreach (var name in Names) ColumnRequirement.Vector<float>(component, name).Check(schema);
        return [.. Names.Select(name => schema[name])];
    }

    public override Func<BoxLabel> Reader(DataViewRow row)
    {
        var getters = Array.ConvertAll(Names, name => row.GetGetter<VBuffer<float>>(row.Schema[name]));
        VBuffer<float> buffer = default;
        return () =>
        {
            var values = Array.ConvertAll(getters, getter =>
            {
                getter(ref buffer);
                return buffer.DenseValues().ToArray();
            });

            // Regions that are bad are told of as all inputs are.
            var (meant, regions, size) = (values[0], values[1], values[2]);
            var isGood = Problem(meant) is null && regions.Length % 4 == 0 && size.Length == 2;
            return new(meant, isGood ? GroundingTargets.Of(regions, size[0], size[1], meant) : []);
        };
    }

    public override string? Problem(BoxLabel label) => Problem(label.Boxes) ?? (label.Overlaps[0] > 0
        ? null
        : $"column '{boxesColumn}': ({string.Join(", ", label.Boxes)}) lies outside the image.");

    public override void AddTo(IncrementalHash digest, BoxLabel label)
    {
        digest.AppendData(MemoryMarshal.AsBytes<int>([label.Boxes.Length]));
        digest.AppendData(MemoryMarshal.AsBytes<float>(label.Boxes));
    }

    private string? Problem(float[] boxes)
    {
        if (boxes.Length == 0) return $"column '{boxesColumn}' is empty; at least one box is expected.";
        if (boxes.Length % 4 != 0) return $"column '{boxesColumn}' has {boxes.Length} values; 4 a box are expected.";
        var bad = boxes.Chunk(4).Index().FirstOrDefault(pair =>
            !(pair.Item[0] <= pair.Item[2] && pair.Item[1] <= pair.Item[3]) || !pair.Item.All(float.IsFinite));
        return bad.Item is null
            ? null
            : $"column '{boxesColumn}': box {bad.Index} is ({string.Join(", ", bad.Item)}); x1 <= x2 and y1 <= y2 in pixels are expected.";
    }
}
