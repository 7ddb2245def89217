using Microsoft.ML.Data;
using Microsoft.ML.Transforms;
using MLNet.VisionLanguage.Columns;
using MLNet.VisionLanguage.Persistence;

namespace MLNet.VisionLanguage.Regions;

internal sealed class GridBoxesSource
{
    public const string BoxesColumn = Column.HelperPrefix + "rowboxes";

    [ColumnName(StateChain.StateColumn)]
    public ReadOnlyMemory<char> State { get; set; }

    [ColumnName(BoxesColumn)]
    public VBuffer<float> Boxes { get; set; }
}

internal sealed class GridBoxes
{
    public const string BoxesColumn = Column.HelperPrefix + "checkedboxes";

    [ColumnName(BoxesColumn)]
    public VBuffer<float> Boxes { get; set; }
}

/// <summary>Checks a row's boxes before they are cut out of its image; ML.NET finds it by its contract when it loads a model.</summary>
[CustomMappingFactoryAttribute(Contract)]
internal sealed class GridBoxesFactory : CustomMappingFactory<GridBoxesSource, GridBoxes>
{
    public const string Contract = "MLNet.VisionLanguage.2.GridBoxes";

    private static readonly StateCache<GridFeatureSettings> States = new(GridFeatureSettings.FromState);

    public static void Map(GridBoxesSource source, GridBoxes destination)
    {
        var boxes = ValueChecks.Dense(source.Boxes);
        var settings = States.Get(source.State);

        // ONNX Runtime multiplies no matrices of no rows.
        if (boxes.Length == 0 || boxes.Length % 4 != 0)
        {
            throw new InvalidOperationException(
                $"ExtractGridFeatures: column '{settings.BoxesColumnName}' has {boxes.Length} values; four a box are expected, of one box at least.");
        }

        for (var i = 0; i < boxes.Length; i++)
        {
            if (!float.IsFinite(boxes[i]))
            {
                throw new InvalidOperationException(
                    $"ExtractGridFeatures: column '{settings.BoxesColumnName}': box {i / 4} has {boxes[i]}; pixels x1 y1 x2 y2 are expected.");
            }
        }

        destination.Boxes = source.Boxes;
    }

    public override Action<GridBoxesSource, GridBoxes> GetMapping() => Map;
}
