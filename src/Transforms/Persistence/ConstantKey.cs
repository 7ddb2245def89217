using Microsoft.ML.Data;
using Microsoft.ML.Transforms;
using MLNet.VisionLanguage.Columns;

namespace MLNet.VisionLanguage.Persistence;

/// <summary>The key that <c>MapValue</c> turns into a component's state text.</summary>
internal sealed class ConstantKey
{
    public const string ColumnName = Column.HelperPrefix + "key";

    [ColumnName(ColumnName)]
    public int Key { get; set; }
}

/// <summary>Makes the constant key column; ML.NET finds it by its contract when it loads a model.</summary>
[CustomMappingFactoryAttribute(Contract)]
internal sealed class ConstantKeyFactory : CustomMappingFactory<NoColumns, ConstantKey>
{
    public const string Contract = "MLNet.VisionLanguage.ConstantKey";
    public const int Value = 1;

    public static void Map(NoColumns source, ConstantKey destination) => destination.Key = Value;

    public override Action<NoColumns, ConstantKey> GetMapping() => Map;
}
