using System.Collections;

namespace Microsoft.ML.Data;

/// <summary>Keys and their values, of any column types, as MapValue carries them.</summary>
internal abstract class LookupTable
{
    public DataViewType KeyType { get; private init; }

    public DataViewType ValueType { get; private init; }

    public DataViewSchema.Annotations ValueAnnotations { get; private init; }

    /// <summary>A getter of the mapped values of a scalar or vector column.</summary>
    public abstract Delegate CreateGetter(DataViewRow input, DataViewSchema.Column column);

    public abstract void WriteTo(BinaryWriter writer);

    public static LookupTable Create<TKey, TValue>(IEnumerable<KeyValuePair<TKey, TValue>> pairs, bool valuesAreKeys)
    {
        var keys = pairs.Select(p => p.Key).ToArray();
        var values = pairs.Select(p => p.Value).ToArray();
        var keyType = PrimitiveOf(typeof(TKey));
        var valueType = PrimitiveOf(typeof(TValue));
        if (!valuesAreKeys)
            return Create(keyType, AsColumn(keys), valueType, AsColumn(values), DataViewSchema.Annotations.Empty);

        var distinct = values.Distinct().ToArray();
        var names = Array.ConvertAll(distinct, v => v.ToString().AsMemory());
        var annotations = new DataViewSchema.Annotations.Builder();
        annotations.Add(
            "KeyValues",
            new VectorDataViewType(TextDataViewType.Instance, names.Length),
            ValueCopy.GetterOf(new VBuffer<ReadOnlyMemory<char>>(names.Length, names)));

        // Unsigned numbers are taken as the key indices themselves.
        var keyOf = distinct.Select((value, i) => (value, key: (uint)i + 1)).ToDictionary(p => p.value, p => p.key);
        bool areKeys = typeof(TValue) == typeof(uint) || typeof(TValue) == typeof(ulong);
        Array indices = areKeys ? values : Array.ConvertAll(values, v => keyOf[v]);
        var type = new KeyDataViewType(indices.GetType().GetElementType(), distinct.Length);
        return Create(keyType, AsColumn(keys), type, indices, annotations.ToAnnotations());
    }

    public static LookupTable Create<TKey, TValue>(IEnumerable<KeyValuePair<TKey, TValue[]>> pairs)
    {
        var keys = AsColumn(pairs.Select(p => p.Key).ToArray());
        var values = pairs.Select(p => AsColumn(p.Value)).ToArray();
        var size = values.Length > 0 && values.All(v => v.Length == values[0].Length) ? values[0].Length : 0;
        var type = new VectorDataViewType(PrimitiveOf(typeof(TValue)), size);
        var vectors = (Array)Generic.Call(Vectors<int>, type.ItemType.RawType, (object)values);
        return Create(PrimitiveOf(typeof(TKey)), keys, type, vectors, DataViewSchema.Annotations.Empty);
    }

    /// <summary>Reads two columns of a view.</summary>
    public static LookupTable Create(IDataView view, DataViewSchema.Column keyColumn, DataViewSchema.Column valueColumn)
    {
        var keys = (IList)Activator.CreateInstance(typeof(List<>).MakeGenericType(keyColumn.Type.RawType));
        var values = (IList)Activator.CreateInstance(typeof(List<>).MakeGenericType(valueColumn.Type.RawType));
        using var cursor = view.GetRowCursor([view.Schema[keyColumn.Index], view.Schema[valueColumn.Index]]);
        var nextKey = (Action)Generic.Call(Collector<int>, keyColumn.Type.RawType, cursor, keyColumn, keys);
        var nextValue = (Action)Generic.Call(Collector<int>, valueColumn.Type.RawType, cursor, valueColumn, values);
        while (cursor.MoveNext())
        {
            nextKey();
            nextValue();
        }

        var allKeys = ToArray(keys, keyColumn.Type);
        return Create(keyColumn.Type, allKeys, valueColumn.Type, ToArray(values, valueColumn.Type), valueColumn.Annotations);
    }

    public static LookupTable Read(BinaryReader reader)
    {
        var keyType = TypeCodec.Read(reader);
        var valueType = TypeCodec.Read(reader);
        var annotations = TypeCodec.ReadAnnotations(reader);
        int count = reader.ReadInt32();
        var keys = (Array)Generic.Call(ReadValues<int>, keyType.RawType, reader, count);
        var values = (Array)Generic.Call(ReadValues<int>, valueType.RawType, reader, count);
        return Create(keyType, keys, valueType, values, annotations);
    }

    private static LookupTable Create(
        DataViewType keyType, Array keys, DataViewType valueType, Array values, DataViewSchema.Annotations annotations)
    {
        Func<DataViewType, Array, DataViewType, Array, DataViewSchema.Annotations, LookupTable> create = Typed<int, int>;
        return (LookupTable)create.Method.GetGenericMethodDefinition().MakeGenericMethod(keyType.RawType, valueType.RawType)
            .Invoke(null, System.Reflection.BindingFlags.DoNotWrapExceptions, null, [keyType, keys, valueType, values, annotations], null);
    }

    private static LookupTable Typed<TKey, TValue>(
        DataViewType keyType, Array keys, DataViewType valueType, Array values, DataViewSchema.Annotations annotations) =>
        new LookupTable<TKey, TValue>((TKey[])keys, (TValue[])values)
        {
            KeyType = keyType,
            ValueType = valueType,
            ValueAnnotations = annotations,
        };

    private static PrimitiveDataViewType PrimitiveOf(Type type) =>
        ColumnTypes.IsPrimitive(type)
            ? ColumnTypes.PrimitiveTypeOf(type)
            : throw new InvalidOperationException($"Unsupported type {type} used in mapping.");

    private static Array AsColumn<T>(T[] values) =>
        values is string[] texts ? Array.ConvertAll(texts, t => t.AsMemory()) : values;

    private static VBuffer<T>[] Vectors<T>(Array[] values) => Array.ConvertAll(values, v => new VBuffer<T>(v.Length, (T[])v));

    private static Action Collector<T>(DataViewRow row, DataViewSchema.Column column, IList list)
    {
        var getter = row.GetGetter<T>(row.Schema[column.Index]);
        return () =>
        {
            T value = default;
            getter(ref value);
            ((List<T>)list).Add(value);
        };
    }

    private static Array ToArray(IList list, DataViewType type)
    {
        var array = Array.CreateInstance(type.RawType, list.Count);
        list.CopyTo(array, 0);
        return array;
    }

    private static T[] ReadValues<T>(BinaryReader reader, int count)
    {
        var read = ValueCodec.Reader<T>();
        var values = new List<T>();
        for (int i = 0; i < count; i++)
            values.Add(read(reader));
        return [.. values];
    }
}

internal sealed class LookupTable<TKey, TValue> : LookupTable
{
    private readonly TKey[] _keys;
    private readonly TValue[] _values;
    private readonly Dictionary<TKey, TValue> _map;
    private readonly ValueCopy.Copier<TValue> _copy = ValueCopy.CopierOf<TValue>();

    public LookupTable(TKey[] keys, TValue[] values)
    {
        _keys = keys;
        _values = values;
        _map = new Dictionary<TKey, TValue>(TextComparer.For<TKey>());
        for (int i = 0; i < keys.Length; i++)
        {
            if (!_map.TryAdd(keys[i], values[i]))
                throw new InvalidOperationException($"Duplicate keys in data '{keys[i]}'");
        }
    }

    public override Delegate CreateGetter(DataViewRow input, DataViewSchema.Column column)
    {
        if (column.Type is not VectorDataViewType)
        {
            TKey key = default;
            var getKey = input.GetGetter<TKey>(column);
            return (ValueGetter<TValue>)((ref TValue destination) =>
            {
                getKey(ref key);
                Map(key, ref destination);
            });
        }

        VBuffer<TKey> keys = default;
        var getKeys = input.GetGetter<VBuffer<TKey>>(column);
        return (ValueGetter<VBuffer<TValue>>)((ref VBuffer<TValue> destination) =>
        {
            getKeys(ref keys);
            var editor = VBufferEditor.Create(ref destination, keys.Length);
            int i = 0;
            foreach (var key in keys.DenseValues())
                Map(key, ref editor.Values[i++]);
            destination = editor.Commit();
        });
    }

    public override void WriteTo(BinaryWriter writer)
    {
        TypeCodec.Write(writer, KeyType);
        TypeCodec.Write(writer, ValueType);
        TypeCodec.WriteAnnotations(writer, ValueAnnotations);
        writer.Write(_keys.Length);
        var writeKey = ValueCodec.Writer<TKey>();
        foreach (var key in _keys)
            writeKey(writer, key);
        var writeValue = ValueCodec.Writer<TValue>();
        foreach (var value in _values)
            writeValue(writer, value);
    }

    private void Map(TKey key, ref TValue destination)
    {
        if (_map.TryGetValue(key, out var value))
            _copy(value, ref destination);
        else
            destination = default;
    }
}

/// <summary>What stands for "no value": NaN, or the type's default.</summary>
internal static class MissingValues
{
    public static T Of<T>()
    {
        if (typeof(T) == typeof(float))
            return (T)(object)float.NaN;
        return typeof(T) == typeof(double) ? (T)(object)double.NaN : default;
    }

    public static bool Is<T>(T value) => value switch
    {
        float single => float.IsNaN(single),
        double number => double.IsNaN(number),
        ReadOnlyMemory<char> text => text.IsEmpty,
        _ => false,
    };
}

/// <summary>Compares texts by their characters.</summary>
internal sealed class TextComparer : IEqualityComparer<ReadOnlyMemory<char>>, IComparer<ReadOnlyMemory<char>>
{
    private static readonly TextComparer _instance = new();

    public static IEqualityComparer<T> For<T>() => _instance as IEqualityComparer<T>;

    public static IComparer<T> OrderOf<T>() => _instance as IComparer<T> ?? Comparer<T>.Default;

    public bool Equals(ReadOnlyMemory<char> x, ReadOnlyMemory<char> y) => x.Span.SequenceEqual(y.Span);

    public int GetHashCode(ReadOnlyMemory<char> text) => string.GetHashCode(text.Span);

    public int Compare(ReadOnlyMemory<char> x, ReadOnlyMemory<char> y) => x.Span.SequenceCompareTo(y.Span);
}
