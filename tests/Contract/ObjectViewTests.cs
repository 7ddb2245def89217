using Microsoft.ML;
using Microsoft.ML.Data;
using Xunit;

namespace MLNet.VisionLanguage.Tests.Contract;

public class ObjectViewTests
{
    private readonly MLContext _ml = new(seed: 1);

    [Fact]
    public void MembersBecomeColumns()
    {
        var schema = _ml.Data.LoadFromEnumerable(Questions()).Schema;
        Assert.Equal(TextDataViewType.Instance, schema["Question"].Type);
        Assert.Equal(new VectorDataViewType(NumberDataViewType.Single), schema["Boxes"].Type);
        Assert.Equal(new VectorDataViewType(NumberDataViewType.Single, 2), schema["ImageSize"].Type);
        Assert.Equal(new VectorDataViewType(TextDataViewType.Instance), schema["Answers"].Type);
        Assert.Equal(new KeyDataViewType(typeof(uint), 3), schema["Label"].Type);
        Assert.Equal(NumberDataViewType.Int64, schema["Id"].Type);
        Assert.Null(schema.GetColumnOrNull("Text"));
        Assert.Null(schema.GetColumnOrNull("Note"));
    }

    [Fact]
    public void ObjectsComeBackAsTheyWentIn()
    {
        var view = _ml.Data.LoadFromEnumerable(Questions());
        var read = _ml.Data.CreateEnumerable<Question>(view, reuseRowObject: false).ToList();
        Assert.Equal(Questions().Select(Describe), read.Select(Describe));
        Assert.Equal(3, view.GetRowCount());
        Assert.Null(_ml.Data.LoadFromEnumerable(Questions().Where(_ => true)).GetRowCount());
        Assert.Equal(3, read.Distinct().Count());
        Assert.Single(_ml.Data.CreateEnumerable<Question>(view, reuseRowObject: true).ToList().Distinct());
    }

    [Fact]
    public void MissingTextIsEmptyAndAnEmptyVectorLeavesAMemberAsItWas()
    {
        var view = _ml.Data.LoadFromEnumerable([new Question { Boxes = [], Answers = null }]);
        Assert.Empty(view.GetColumn<float[]>("Boxes").Single());
        Assert.Empty(view.GetColumn<string[]>("Answers").Single());
        var read = _ml.Data.CreateEnumerable<Question>(view, false).Single();
        Assert.Equal("", read.Text);
        Assert.Null(read.Boxes);
        Assert.Null(read.Answers);
    }

    [Fact]
    public void KeysCountFromZeroInObjectsAndFromOneInColumns()
    {
        var view = _ml.Data.LoadFromEnumerable(new uint[] { 0, 2, 3 }.Select(label => new Question { Label = label }));
        Assert.Equal([1u, 3u, 0u], view.GetColumn<uint>("Label"));
        Assert.Equal([1u, 3u, 0u], _ml.Data.CreateEnumerable<Question>(view, false).Select(question => question.Label));
    }

    [Fact]
    public void ColumnsMustBeThereAndOfTheMembersType()
    {
        var view = _ml.Data.LoadFromEnumerable(Questions());
        Assert.Throws<ArgumentOutOfRangeException>(() => _ml.Data.CreateEnumerable<Missing>(view, false));
        Assert.Equal("one", _ml.Data.CreateEnumerable<Missing>(view, false, ignoreMissingColumns: true).First().Question);
        Assert.Throws<InvalidOperationException>(() => _ml.Data.CreateEnumerable<WrongType>(view, false));
        Assert.Throws<ArgumentOutOfRangeException>(() => view.GetColumn<int>("Id"));
        Assert.Throws<ArgumentOutOfRangeException>(() => _ml.Data.LoadFromEnumerable([new { Odd = new object() }]));
    }

    [Fact]
    public void CursorsCountFromZeroAndGiveValuesOfTheExactTypeOnly()
    {
        var view = _ml.Data.LoadFromEnumerable(Questions());
        using var cursor = view.GetRowCursor([view.Schema["Id"]]);
        Assert.Equal(-1, cursor.Position);
        Assert.True(cursor.IsColumnActive(view.Schema["Id"]));
        Assert.False(cursor.IsColumnActive(view.Schema["Boxes"]));
        Assert.Throws<InvalidOperationException>(() => cursor.GetGetter<int>(view.Schema["Id"]));
        Assert.ThrowsAny<Exception>(() => cursor.GetGetter<VBuffer<float>>(view.Schema["Boxes"]));
        var idGetter = cursor.GetGetter<long>(view.Schema["Id"]);
        var rowIdGetter = cursor.GetIdGetter();
        var rowIds = new HashSet<DataViewRowId>();
        for (var position = 0; position < 3; position++)
        {
            Assert.True(cursor.MoveNext());
            Assert.Equal(position, cursor.Position);
            long id = 0;
            idGetter(ref id);
            Assert.Equal(position + 1, id);
            DataViewRowId rowId = default;
            rowIdGetter(ref rowId);
            Assert.True(rowIds.Add(rowId));
        }

        Assert.False(cursor.MoveNext());
        Assert.False(cursor.MoveNext());
    }

    [Fact]
    public void GettersCopyIntoTheCallersVector()
    {
        var questions = Questions();
        var view = _ml.Data.LoadFromEnumerable(questions);
        var column = view.Schema["Boxes"];
        using var cursor = view.GetRowCursor([column]);
        var getter = cursor.GetGetter<VBuffer<float>>(column);
        cursor.MoveNext();
        VBuffer<float> first = default;
        getter(ref first);
        questions[0].Boxes![0] = 99;
        cursor.MoveNext();
        VBuffer<float> second = default;
        getter(ref second);
        Assert.Equal([1, 2, 3, 4], first.DenseValues());
        Assert.Equal([5], second.DenseValues());
    }

    [Fact]
    public void ADefinitionNamesTypesAndAnnotatesColumns()
    {
        var definition = SchemaDefinition.Create(typeof(Box<float[]>), SchemaDefinition.Direction.Both);
        var column = definition["Value"];
        Assert.Null(definition["Score"]);
        column.ColumnName = "Score";
        column.ColumnType = new VectorDataViewType(NumberDataViewType.Single, 2);
        column.AddAnnotation("SlotNames", new[] { "no", "yes" }, new VectorDataViewType(TextDataViewType.Instance, 2));
        column.AddAnnotation("IsNormalized", true, BooleanDataViewType.Instance);
        Assert.Same(column, definition["Score"]);
        Assert.Throws<InvalidOperationException>(() => column.AddAnnotation("IsNormalized", true, BooleanDataViewType.Instance));
        Assert.Throws<InvalidOperationException>(() => column.AddAnnotation("Other", 1f, BooleanDataViewType.Instance));

        var view = _ml.Data.LoadFromEnumerable([new Box<float[]> { Value = [1, 2] }], definition);
        Assert.Equal(new VectorDataViewType(NumberDataViewType.Single, 2), view.Schema["Score"].Type);
        Assert.True(view.Schema["Score"].HasSlotNames());
        Assert.True(view.Schema["Score"].IsNormalized());
        VBuffer<ReadOnlyMemory<char>> names = default;
        view.Schema["Score"].GetSlotNames(ref names);
        Assert.Equal(["no", "yes"], names.DenseValues().Select(name => name.ToString()));
        Assert.Equal([1, 2], _ml.Data.CreateEnumerable<Box<float[]>>(view, false, false, definition).Single().Value!);
        var alike = _ml.Data.LoadFromEnumerable([new Scored { Score = [1, 2] }], view.Schema);
        Assert.Equal(view.Schema["Score"].ToString(), alike.Schema["Score"].ToString());
        Assert.Equal([1, 2], alike.GetColumn<float[]>("Score").Single());
    }

    [Fact]
    public void ADefinitionMustFitItsMembers()
    {
        var definition = SchemaDefinition.Create(typeof(Box<float[]>));
        definition[0].ColumnType = NumberDataViewType.Single;
        Assert.Throws<ArgumentOutOfRangeException>(() => _ml.Data.LoadFromEnumerable(Array.Empty<Box<float[]>>(), definition));
        definition[0].ColumnType = new VectorDataViewType(NumberDataViewType.Double);
        Assert.Throws<ArgumentOutOfRangeException>(() => _ml.Data.LoadFromEnumerable(Array.Empty<Box<float[]>>(), definition));
    }

    private static List<Question> Questions() =>
    [
        new() { Id = 1, Text = "one", Boxes = [1, 2, 3, 4], ImageSize = [640, 480], Answers = ["yes", "no"], Label = 0 },
        new() { Id = 2, Text = "two", Boxes = [5], ImageSize = [320, 240], Answers = [], Label = 1 },
        new() { Id = 3, Text = "three", Boxes = [], ImageSize = [1, 2], Answers = ["two words"], Label = 2 },
    ];

    // Labels are left out: keys come back one higher.
    private static string Describe(Question row)
        => $"{row.Id} {row.Text} {Join(row.Boxes)} {Join(row.ImageSize)} {Join(row.Answers)}";

    private static string Join<T>(T[]? items) => string.Join(",", items ?? []);

    private sealed class Question
    {
        public long Id { get; set; }

        [ColumnName("Question")]
        public string? Text { get; set; }

        public float[]? Boxes { get; set; }

        [VectorType(2)]
        public float[]? ImageSize { get; set; } = [0, 0];

        public string[]? Answers { get; set; }

        [KeyType(3)]
        public uint Label { get; set; }

        [NoColumn]
        public object? Note { get; set; }
    }

    private sealed class Missing
    {
        public string? Question { get; set; }

        public float Nowhere { get; set; }
    }

    private sealed class WrongType
    {
        public float Question { get; set; }
    }

    private sealed class Box<T>
    {
        public T? Value { get; set; }
    }

    private sealed class Scored
    {
        public float[]? Score { get; set; }
    }
}
