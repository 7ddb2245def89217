using Microsoft.ML;
using Microsoft.ML.Data;
using Xunit;

namespace MLNet.VisionLanguage.Tests.Contract;

public class SchemaTests
{
    [Fact]
    public void ALaterColumnHidesAnEarlierOfItsName()
    {
        var builder = new DataViewSchema.Builder();
        builder.AddColumn("A", NumberDataViewType.Single);
        builder.AddColumn("B", TextDataViewType.Instance);
        builder.AddColumn("A", NumberDataViewType.Int64);
        var schema = builder.ToSchema();

        Assert.Equal(3, schema.Count);
        Assert.Equal(2, schema["A"].Index);
        Assert.Equal([true, false, false], schema.Select(column => column.IsHidden));
        Assert.Null(schema.GetColumnOrNull("C"));
        Assert.Throws<ArgumentOutOfRangeException>(() => schema["C"]);
        Assert.Throws<ArgumentOutOfRangeException>(() => schema[3]);
        Assert.Equal("B: String", schema[1].ToString());
    }

    [Fact]
    public void ColumnsCanBeTakenFromOtherSchemas()
    {
        var first = new DataViewSchema.Builder();
        first.AddColumn("A", NumberDataViewType.Single, Names("x", "y"));
        var second = new DataViewSchema.Builder();
        second.AddColumns(first.ToSchema());
        second.AddColumns([new DataViewSchema.DetachedColumn("B", TextDataViewType.Instance)]);
        second.AddColumns([new DataViewSchema.DetachedColumn(first.ToSchema()[0])]);
        var schema = second.ToSchema();

        Assert.Equal(["A", "B", "A"], schema.Select(column => column.Name));
        Assert.Equal("SlotNames", Assert.Single(schema[2].Annotations.Schema).Name);
        Assert.Empty(schema[1].Annotations.Schema);
    }

    [Fact]
    public void AnnotationsGiveTheirValuesByNameAndExactType()
    {
        var builder = new DataViewSchema.Annotations.Builder();
        builder.AddPrimitiveValue("IsNormalized", BooleanDataViewType.Instance, true);
        builder.AddPrimitiveValue("Secret", NumberDataViewType.Int32, 5);
        builder.Add(Names("x", "y"), name => name == "SlotNames");
        builder.Add(builder.ToAnnotations(), name => name == "nothing");
        var annotations = builder.ToAnnotations();

        Assert.Equal(["IsNormalized", "Secret", "SlotNames"], annotations.Schema.Select(column => column.Name));
        VBuffer<ReadOnlyMemory<char>> names = default;
        annotations.GetValue("SlotNames", ref names);
        Assert.Equal(["x", "y"], names.DenseValues().Select(name => name.ToString()));
        var number = 0L;
        Assert.Throws<InvalidOperationException>(() => annotations.GetValue("Secret", ref number));
        Assert.Throws<InvalidOperationException>(() => annotations.GetValue("Missing", ref number));
        Assert.Throws<ArgumentException>(() => builder.Add("Wrong", NumberDataViewType.Int32, (ref long value) => value = 1));
    }

    [Fact]
    public void KnownAnnotationsAreFoundOnColumnsTheyFit()
    {
        var builder = new DataViewSchema.Builder();
        builder.AddColumn("Fits", new VectorDataViewType(NumberDataViewType.Single, 2), Names("x", "y"));
        builder.AddColumn("TooShort", new VectorDataViewType(NumberDataViewType.Single, 3), Names("x", "y"));
        builder.AddColumn("Key", new KeyDataViewType(typeof(uint), 2), Names("KeyValues", ["no", "yes"]));
        builder.AddColumn("WrongCount", new KeyDataViewType(typeof(uint), 3), Names("KeyValues", ["no", "yes"]));
        var schema = builder.ToSchema();

        Assert.True(schema["Fits"].HasSlotNames());
        Assert.False(schema["TooShort"].HasSlotNames());
        Assert.True(schema["Key"].HasKeyValues());
        Assert.False(schema["Key"].HasKeyValues(NumberDataViewType.Single));
        Assert.False(schema["WrongCount"].HasKeyValues());
        Assert.False(schema["Fits"].IsNormalized());
        VBuffer<ReadOnlyMemory<char>> values = default;
        schema["Key"].GetKeyValues(ref values);
        Assert.Equal(["no", "yes"], values.DenseValues().Select(value => value.ToString()));
    }

    private static DataViewSchema.Annotations Names(params string[] names) => Names("SlotNames", names);

    private static DataViewSchema.Annotations Names(string kind, string[] names)
    {
        var source = new VBuffer<ReadOnlyMemory<char>>(names.Length, [.. names.Select(name => name.AsMemory())]);
        var type = new VectorDataViewType(TextDataViewType.Instance, names.Length);
        var builder = new DataViewSchema.Annotations.Builder();
        builder.Add(kind, type, (ref VBuffer<ReadOnlyMemory<char>> value) => source.CopyTo(ref value));
        return builder.ToAnnotations();
    }
}
