using Microsoft.ML.Data;

namespace Microsoft.ML.Transforms.Image;

/// <summary>
/// A row mapping with settings that survive saving, made of public built-ins only (this project also builds against the real ML.NET):
/// a constant key, the settings' text mapped from it, the mapping itself, then renaming and dropping. Saving saves that chain.
/// </summary>
internal static class CarriedMapping
{
    public const string Key = "__image_key";
    public const string Settings = "__image_settings";
    public const string Source = "__image_source";
    public const string Result = "__image_result";

    public static IEstimator<ITransformer> Create<TSource, TResult>(
        TransformsCatalog catalog, string outputColumn, string inputColumn, string settings,
        Action<TSource, TResult> map, string contract, DataViewType sourceType = null, DataViewType resultType = null)
        where TSource : class, new()
        where TResult : class, new()
    {
        RegisterImage();
        return catalog.CustomMapping<Nothing, ConstantKey>(ConstantKeyFactory.Map, ConstantKeyFactory.Contract)
            .Append(catalog.Conversion.MapValue(Settings, new[] { KeyValuePair.Create(1, settings) }, Key))
            .Append(catalog.CopyColumns(Source, inputColumn))
            .Append(catalog.CustomMapping(map, contract, Define<TSource>(Source, sourceType), Define<TResult>(Result, resultType)))
            .Append(catalog.CopyColumns(outputColumn, Result))
            .Append(catalog.DropColumns(Key, Settings, Source, Result));
    }

    /// <summary>
    /// Members of type MLImage without attribute are images of any size. Needed before a class with such a member is looked at, so also
    /// by each factory: a loaded model starts there.
    /// </summary>
    public static void RegisterImage() => DataViewTypeManager.Register(new ImageDataViewType(), typeof(MLImage));

    /// <summary>
    /// Null leaves the class as declared. A type is needed where the columns' own must appear: mappings compare types of images by
    /// reference, and sizes are not known when the class is written.
    /// </summary>
    private static SchemaDefinition Define<T>(string column, DataViewType type)
    {
        if (type is null)
            return null;
        var definition = SchemaDefinition.Create(typeof(T));
        definition[column].ColumnType = type;
        return definition;
    }

    public static DataViewType TypeOf(SchemaShape shape, string column) => shape.FirstOrDefault(x => x.Name == column).ItemType;

    internal sealed class Nothing;

    internal sealed class ConstantKey
    {
        [ColumnName(Key)]
        public int Value { get; set; }
    }

    [CustomMappingFactoryAttribute(Contract)]
    internal sealed class ConstantKeyFactory : CustomMappingFactory<Nothing, ConstantKey>
    {
        public const string Contract = "Image.ConstantKey";

        public override Action<Nothing, ConstantKey> GetMapping() => Map;

        public static void Map(Nothing source, ConstantKey result) => result.Value = 1;
    }
}

/// <summary>An image column going into a mapping.</summary>
internal sealed class ImageRow
{
    [ColumnName(CarriedMapping.Settings)]
    public ReadOnlyMemory<char> Settings { get; set; }

    [ColumnName(CarriedMapping.Source)]
    public MLImage Image { get; set; }
}

/// <summary>An image column coming out of a mapping.</summary>
internal sealed class ImageResult
{
    [ColumnName(CarriedMapping.Result)]
    public MLImage Image { get; set; }
}

/// <summary>What the estimators of this library have in common: the inner chain is built for the types that come in.</summary>
public abstract class ImageEstimator<TTransformer> : IEstimator<TTransformer>
    where TTransformer : class, ITransformer
{
    private protected ImageEstimator()
    {
    }

    public TTransformer Fit(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        return Wrap(Build(Find(input.Schema)).Fit(input));
    }

    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        ArgumentNullException.ThrowIfNull(inputSchema);
        return Build(CarriedMapping.TypeOf(inputSchema, InputColumnName)).GetOutputSchema(inputSchema);
    }

    private protected abstract string InputColumnName { get; }

    /// <summary>The inner chain for an input column of this type; null when there is no such column.</summary>
    private protected abstract IEstimator<ITransformer> Build(DataViewType inputType);

    private protected abstract TTransformer Wrap(ITransformer inner);

    private protected ArgumentOutOfRangeException Mismatch(string expected, DataViewType found)
        => new("inputSchema", found is null
            ? $"Could not find input column '{InputColumnName}'"
            : $"Schema mismatch for input column '{InputColumnName}': expected {expected}, got {found}");

    private DataViewType Find(DataViewSchema schema) => schema.GetColumnOrNull(InputColumnName)?.Type;
}

/// <summary>A chain of built-ins under the real library's name.</summary>
public abstract class ImageTransformer : ITransformer
{
    private readonly ITransformer _inner;

    private protected ImageTransformer(ITransformer inner) => _inner = inner;

    bool ITransformer.IsRowToRowMapper => _inner.IsRowToRowMapper;

    public DataViewSchema GetOutputSchema(DataViewSchema inputSchema) => _inner.GetOutputSchema(inputSchema);

    public IDataView Transform(IDataView input) => _inner.Transform(input);

    IRowToRowMapper ITransformer.GetRowToRowMapper(DataViewSchema inputSchema) => _inner.GetRowToRowMapper(inputSchema);

    void ICanSaveModel.Save(ModelSaveContext ctx) => _inner.Save(ctx);
}
