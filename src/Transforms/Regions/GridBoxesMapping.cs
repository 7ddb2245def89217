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
        // ONNX Runtime multiplies no matrices of no rows.
        var boxes = ValueChecks.Dense(source.Boxes);
        var problem = boxes.Length == 0 ? " has 0 values; four a box are expected, of one box at least" : GivenBoxes.FindProblem(boxes);
        if (problem is not null)
            throw new InvalidOperationException($"ExtractGridFeatures: column '{States.Get(source.State).BoxesColumnName}'{problem}.");
        destination.Boxes = source.Boxes;
    }

    public override Action<GridBoxesSource, GridBoxes> GetMapping() => Map;
}
