using Microsoft.ML;
using Microsoft.ML.Data;
using Xunit;

namespace MLNet.VisionLanguage.Tests.Platform;

public sealed class Box<T>
{
    public T? Value { get; set; }
}

public sealed class TwoColumns
{
    public string Name { get; set; } = string.Empty;

    public float Weight { get; set; }
}

public sealed class NameSource
{
    public string Name { get; set; } = string.Empty;
}

public sealed class TwoResults
{
    public int Length { get; set; }

    public string Upper { get; set; } = string.Empty;
}

/// <summary>How column types, annotations and values pass through the built-in transforms.</summary>
public sealed class ColumnTests
{
    private readonly MLContext _ml = new(seed: 1);

    [Fact]
    public void Custom_mapping_is_a_factory_of_shape_columns()
    {
        var scores = ShapeOf<VBuffer<float>>(new VectorDataViewType(NumberDataViewType.Single, 3), "SlotNames");
        Assert.Equal("Made", scores.Name);
        Assert.Equal(SchemaShape.Column.VectorKind.Vector, scores.Kind);
        Assert.Equal(NumberDataViewType.Single, scores.ItemType);
        Assert.Equal("SlotNames", Assert.Single(scores.Annotations).Name);

        var label = ShapeOf<uint>(new KeyDataViewType(typeof(uint), 3), "KeyValues");
        Assert.True(label.IsKey);
        Assert.Equal(NumberDataViewType.UInt32, label.ItemType);
        Assert.Equal(SchemaShape.Column.VectorKind.Scalar, label.Kind);
        Assert.Equal("KeyValues", Assert.Single(label.Annotations).Name);

        var ids = ShapeOf<VBuffer<long>>(new VectorDataViewType(NumberDataViewType.Int64), null);
        Assert.Equal(SchemaShape.Column.VectorKind.VariableVector, ids.Kind);
        Assert.Equal(TextDataViewType.Instance, ShapeOf<string>(TextDataViewType.Instance, null).ItemType);
        Assert.Equal(BooleanDataViewType.Instance, ShapeOf<bool>(BooleanDataViewType.Instance, null).ItemType);
    }

    [Fact]
    public void Copies_take_the_annotations_along()
    {
        var view = _ml.Transforms.Conversion.MapValueToKey("Key", "Name")
            .Append(_ml.Transforms.CopyColumns("Copy", "Key"))
            .Fit(View()).Transform(View());
        Assert.Equal(["ada", "bob"], KeyValuesOf(view.Schema["Copy"]));
        Assert.Equal(new KeyDataViewType(typeof(uint), 2), view.Schema["Copy"].Type);
        Assert.Equal([1u, 2u, 1u], view.GetColumn<uint>("Copy"));
    }

    [Fact]
    public void Keys_follow_occurrence_value_or_given_data()
    {
        var texts = _ml.Data.LoadFromEnumerable(new[] { "b", "a", "", "b", "c" }.Select(t => new NameSource { Name = t }));
        var byOccurrence = _ml.Transforms.Conversion.MapValueToKey("Key", "Name").Fit(texts).Transform(texts);
        Assert.Equal(["b", "a", "c"], KeyValuesOf(byOccurrence.Schema["Key"]));
        Assert.Equal([1u, 2u, 0u, 1u, 3u], byOccurrence.GetColumn<uint>("Key"));

        var byValue = _ml.Transforms.Conversion.MapValueToKey(
            "Key", "Name", keyOrdinality: Microsoft.ML.Transforms.ValueToKeyMappingEstimator.KeyOrdinality.ByValue).Fit(texts).Transform(texts);
        Assert.Equal(["a", "b", "c"], KeyValuesOf(byValue.Schema["Key"]));

        var few = _ml.Transforms.Conversion.MapValueToKey("Key", "Name", maximumNumberOfKeys: 1).Fit(texts).Transform(texts);
        Assert.Equal([1u, 0u, 0u, 1u, 0u], few.GetColumn<uint>("Key"));

        var keyData = _ml.Data.LoadFromEnumerable([new NameSource { Name = "c" }, new NameSource { Name = "b" }]);
        var given = _ml.Transforms.Conversion.MapValueToKey("Key", "Name", keyData: keyData)
            .Append(_ml.Transforms.Conversion.MapKeyToValue("Back", "Key")).Fit(texts).Transform(texts);
        Assert.Equal([2u, 0u, 0u, 2u, 1u], given.GetColumn<uint>("Key"));
        Assert.Equal(["b", "", "", "b", "c"], given.GetColumn<string>("Back"));
    }

    [Fact]
    public void Keys_survive_saving()
    {
        var model = _ml.Transforms.Conversion.MapValueToKey("Key", "Name")
            .Append(_ml.Transforms.Conversion.MapKeyToValue("Back", "Key"))
            .Append(_ml.Transforms.Conversion.MapKeyToVector("OneHot", "Key"))
            .Fit(View());
        var stream = new MemoryStream();
        _ml.Model.Save(model, View().Schema, stream);
        stream.Position = 0;
        var view = _ml.Model.Load(stream, out _).Transform(View());

        Assert.Equal(["ada", "bob", "ada"], view.GetColumn<string>("Back"));
        Assert.Equal([[1f, 0f], [0f, 1f], [1f, 0f]], view.GetColumn<float[]>("OneHot"));
        Assert.Equal(["ada", "bob"], TextsOf(view.Schema["OneHot"], "SlotNames"));
    }

    [Fact]
    public void Lookups_map_to_values_keys_and_vectors()
    {
        var view = _ml.Transforms.Conversion.MapValue("Number", [KeyValuePair.Create("ada", 7f)], "Name")
            .Append(_ml.Transforms.Conversion.MapValue("Key", [KeyValuePair.Create("ada", "x"), KeyValuePair.Create("bob", "y")], "Name", true))
            .Append(_ml.Transforms.Conversion.MapValue("Vector", [KeyValuePair.Create("bob", new[] { 1L, 2L })], "Name"))
            .Append(_ml.Transforms.Conversion.MapValue("Text", [KeyValuePair.Create("bob", "builder")], "Name"))
            .Fit(View()).Transform(View());

        Assert.Equal([7f, 0f, 7f], view.GetColumn<float>("Number"));
        Assert.Equal([1u, 2u, 1u], view.GetColumn<uint>("Key"));
        Assert.Equal(["x", "y"], KeyValuesOf(view.Schema["Key"]));
        Assert.Equal([1L, 2L], view.GetColumn<long[]>("Vector").ElementAt(1));
        Assert.Equal(["", "builder", ""], view.GetColumn<string>("Text"));
    }

    [Fact]
    public void An_output_hides_the_column_whose_name_it_takes()
    {
        var view = _ml.Transforms.Conversion.ConvertType("Weight", "Weight", DataKind.Double).Fit(View()).Transform(View());
        Assert.Equal(["Name", "Weight", "Weight"], view.Schema.Select(c => c.Name));
        Assert.Equal([false, true, false], view.Schema.Select(c => c.IsHidden));
        Assert.Equal(NumberDataViewType.Double, view.Schema["Weight"].Type);
        Assert.Equal([1d, 2d, 3d], view.GetColumn<double>("Weight"));
    }

    [Fact]
    public void Selecting_orders_and_dropping_names_what_is_missing()
    {
        Assert.Equal(
            ["Weight", "Name"], _ml.Transforms.SelectColumns("Weight", "Name").Fit(View()).Transform(View()).Schema.Select(c => c.Name));
        Assert.Equal(["Weight"], _ml.Transforms.DropColumns("Name").Fit(View()).Transform(View()).Schema.Select(c => c.Name));
        var error = Assert.Throws<ArgumentOutOfRangeException>(() => _ml.Transforms.DropColumns("Nobody").Fit(View()));
        Assert.Contains("Nobody", error.Message);
    }

    [Fact]
    public void Mappings_run_only_for_active_columns_and_once_a_row()
    {
        int calls = 0;
        var view = _ml.Transforms.CustomMapping<NameSource, TwoResults>(
            (source, target) =>
            {
                Interlocked.Increment(ref calls);
                target.Length = source.Name.Length;
                target.Upper = source.Name.ToUpperInvariant();
            },
            null).Fit(View()).Transform(View());

        Assert.Equal([1f, 2f, 3f], view.GetColumn<float>("Weight"));
        Assert.Equal(0, calls);
        var results = _ml.Data.CreateEnumerable<TwoResults>(view, reuseRowObject: false).ToList();
        Assert.Equal(["ADA", "BOB", "ADA"], results.Select(r => r.Upper));
        Assert.Equal([3, 3, 3], results.Select(r => r.Length));
        Assert.Equal(3, calls);
    }

    [Fact]
    public void Mappings_name_the_column_that_they_miss()
    {
        var mapping = _ml.Transforms.CustomMapping<LookupSource, LookupTarget>(LookupFactory.Map, null);
        var error = Assert.ThrowsAny<Exception>(() => mapping.Fit(View()));
        Assert.Contains("Could not find", error.Message);
    }

    [Fact]
    public void Single_rows_are_mapped_on_demand()
    {
        ITransformer model = _ml.Transforms.CopyColumns("Copy", "Weight").Append(_ml.Transforms.CopyColumns("Again", "Copy")).Fit(View());
        Assert.True(model.IsRowToRowMapper);
        var mapper = model.GetRowToRowMapper(View().Schema);
        Assert.Equal(["Name", "Weight", "Copy", "Again"], mapper.OutputSchema.Select(c => c.Name));
        Assert.Equal(["Weight"], mapper.GetDependencies([mapper.OutputSchema["Again"]]).Select(c => c.Name));

        var view = View();
        var bound = model.GetRowToRowMapper(view.Schema);
        using var cursor = view.GetRowCursor(view.Schema);
        var row = bound.GetRow(cursor, [bound.OutputSchema["Again"]]);
        var getter = row.GetGetter<float>(bound.OutputSchema["Again"]);
        float value = 0;
        for (int i = 1; cursor.MoveNext(); i++)
        {
            getter(ref value);
            Assert.Equal(i, value);
            Assert.Equal(i - 1, row.Position);
        }
    }

    private static string[] KeyValuesOf(DataViewSchema.Column column) => TextsOf(column, "KeyValues");

    private static string[] TextsOf(DataViewSchema.Column column, string annotation)
    {
        VBuffer<ReadOnlyMemory<char>> texts = default;
        column.Annotations.GetValue(annotation, ref texts);
        return texts.DenseValues().Select(t => t.ToString()).ToArray();
    }

    private SchemaShape.Column ShapeOf<T>(DataViewType type, string? annotation)
    {
        var definition = SchemaDefinition.Create(typeof(Box<T>), SchemaDefinition.Direction.Write);
        var column = definition["Value"];
        column.ColumnName = "Made";
        column.ColumnType = type;
        if (annotation != null)
        {
            var names = new VBuffer<ReadOnlyMemory<char>>(3, ["a".AsMemory(), "b".AsMemory(), "c".AsMemory()]);
            column.AddAnnotation(annotation, names, new VectorDataViewType(TextDataViewType.Instance, 3));
        }

        return Assert.Single(_ml.Transforms.CustomMapping<Nothing, Box<T>>((_, _) => { }, null, null, definition)
            .GetOutputSchema(new SchemaShape([])));
    }

    private IDataView View() => _ml.Data.LoadFromEnumerable(
    [
        new TwoColumns { Name = "ada", Weight = 1 },
        new TwoColumns { Name = "bob", Weight = 2 },
        new TwoColumns { Name = "ada", Weight = 3 },
    ]);
}
