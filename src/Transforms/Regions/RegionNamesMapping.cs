using Microsoft.ML.Data;
using Microsoft.ML.Transforms;
using MLNet.VisionLanguage.Columns;
using MLNet.VisionLanguage.Persistence;

namespace MLNet.VisionLanguage.Regions;

internal sealed class RegionNamesSource
{
    public const string ClassesColumn = Column.HelperPrefix + "regionclasses";
    public const string AttributesColumn = Column.HelperPrefix + "regionattributes";

    [ColumnName(StateChain.StateColumn)]
    public ReadOnlyMemory<char> State { get; set; }

    [ColumnName(ClassesColumn)]
    public VBuffer<long> Classes { get; set; }

    [ColumnName(AttributesColumn)]
    public VBuffer<long> Attributes { get; set; }
}

internal sealed class RegionNames
{
    public const string ClassesColumn = Column.HelperPrefix + "regionclassnames";
    public const string AttributesColumn = Column.HelperPrefix + "regionattributenames";

    [ColumnName(ClassesColumn)]
    public VBuffer<ReadOnlyMemory<char>> Classes { get; set; }

    [ColumnName(AttributesColumn)]
    public VBuffer<ReadOnlyMemory<char>> Attributes { get; set; }
}

/// <summary>From the detector's numbers to names; ML.NET finds it by its contract when it loads a model.</summary>
[CustomMappingFactoryAttribute(Contract)]
internal sealed class RegionNamesFactory : CustomMappingFactory<RegionNamesSource, RegionNames>
{
    public const string Contract = "MLNet.VisionLanguage.2.RegionNames";

    private static readonly StateCache<RegionFeatureSettings> States = new(RegionFeatureSettings.FromState);

    public static void Map(RegionNamesSource source, RegionNames destination)
    {
        var settings = States.Get(source.State);
        destination.Classes = Names(source.Classes, settings.Classes, destination.Classes);
        destination.Attributes = Names(source.Attributes, settings.Attributes, destination.Attributes);
    }

    public override Action<RegionNamesSource, RegionNames> GetMapping() => Map;

    /// <summary>Names, the second of equal ones with " (2)".</summary>
    public static IReadOnlyList<string> Unique(IReadOnlyList<string> names)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        return [.. names.Select(name =>
        {
            var unique = name;
            for (var i = 2; !seen.Add(unique); i++) unique = $"{name} ({i})";
            return unique;
        })];
    }

    /// <summary>The names of numbers.</summary>
    public static VBuffer<ReadOnlyMemory<char>> Names(VBuffer<long> numbers, IReadOnlyList<string> names, VBuffer<ReadOnlyMemory<char>> reused)
    {
        var values = ValueChecks.Dense(numbers);
        var editor = VBufferEditor.Create(ref reused, values.Length);
        for (var i = 0; i < values.Length; i++) editor.Values[i] = names[(int)values[i]].AsMemory();
        return editor.Commit();
    }
}
