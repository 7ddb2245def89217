namespace Microsoft.ML.Data;

/// <summary>The distinct values of a column in the order of their keys 1..Count.</summary>
internal abstract class TermList
{
    public PrimitiveDataViewType ItemType { get; private init; }

    public KeyDataViewType OutputType => new(typeof(uint), Math.Max(Count, 1));

    protected abstract int Count { get; }

    /// <summary>Collects at most limit terms; missing values are no terms.</summary>
    public static TermList Collect(IDataView view, DataViewSchema.Column column, int limit, bool sorted)
    {
        var itemType = (PrimitiveDataViewType)ColumnTypes.ItemTypeOf(column.Type);
        return (TermList)Generic.Call(CollectTyped<int>, itemType.RawType, view, column, limit, sorted, itemType);
    }

    public static TermList Read(BinaryReader reader)
    {
        var itemType = TypeCodec.Read(reader) as PrimitiveDataViewType ?? throw new FormatException("Corrupt model file: wrong term type");
        return (TermList)Generic.Call(ReadTyped<int>, itemType.RawType, reader, itemType);
    }

    public abstract void WriteTo(BinaryWriter writer);

    public abstract void AddKeyValues(DataViewSchema.Annotations.Builder annotations, DataViewSchema.Column source, bool asText);

    /// <summary>A getter of the keys of a scalar or vector column; values without a key give 0.</summary>
    public abstract Delegate CreateGetter(DataViewRow input, DataViewSchema.Column column);

    private static TermList CollectTyped<T>(
        IDataView view, DataViewSchema.Column column, int limit, bool sorted, PrimitiveDataViewType itemType)
    {
        var terms = new List<T>();
        var seen = new HashSet<T>(TextComparer.For<T>());
        bool isKey = itemType is KeyDataViewType;
        bool Add(T value)
        {
            bool missing = MissingValues.Is(value) || (isKey && EqualityComparer<T>.Default.Equals(value, default));
            if (!missing && seen.Add(value))
                terms.Add(value);
            return terms.Count < limit;
        }

        using (var cursor = view.GetRowCursor([view.Schema[column.Index]]))
        {
            if (column.Type is VectorDataViewType)
            {
                VBuffer<T> values = default;
                var getter = cursor.GetGetter<VBuffer<T>>(cursor.Schema[column.Index]);
                bool more = true;
                while (more && cursor.MoveNext())
                {
                    getter(ref values);
                    more = values.DenseValues().All(Add);
                }
            }
            else
            {
                T value = default;
                var getter = cursor.GetGetter<T>(cursor.Schema[column.Index]);
                bool more = true;
                while (more && cursor.MoveNext())
                {
                    getter(ref value);
                    more = Add(value);
                }
            }
        }

        if (sorted)
            terms.Sort(TextComparer.OrderOf<T>());
        return new Typed<T>([.. terms]) { ItemType = itemType };
    }

    private static TermList ReadTyped<T>(BinaryReader reader, PrimitiveDataViewType itemType)
    {
        var read = ValueCodec.Reader<T>();
        var terms = new List<T>();
        int count = reader.ReadInt32();
        for (int i = 0; i < count; i++)
            terms.Add(read(reader));
        return new Typed<T>([.. terms]) { ItemType = itemType };
    }

    private sealed class Typed<T> : TermList
    {
        private readonly T[] _terms;
        private readonly Dictionary<T, uint> _keys = new(TextComparer.For<T>());

        public Typed(T[] terms)
        {
            _terms = terms;
            foreach (var term in terms)
                _keys.Add(term, (uint)_keys.Count + 1);
        }

        protected override int Count => _terms.Length;

        public override void WriteTo(BinaryWriter writer)
        {
            TypeCodec.Write(writer, ItemType);
            writer.Write(_terms.Length);
            var write = ValueCodec.Writer<T>();
            foreach (var term in _terms)
                write(writer, term);
        }

        public override void AddKeyValues(DataViewSchema.Annotations.Builder annotations, DataViewSchema.Column source, bool asText)
        {
            if (_terms.Length == 0)
                return;
            var sourceValues = source.Annotations.Schema.GetColumnOrNull("KeyValues");
            if (ItemType is KeyDataViewType key && sourceValues?.Type is VectorDataViewType values && (ulong)values.Size == key.Count)
                Generic.Call(AddSourceValues<int>, values.ItemType.RawType, annotations, source, values.ItemType);
            else if (asText && ItemType is not TextDataViewType)
                Add(annotations, TextDataViewType.Instance, Array.ConvertAll(_terms, t => FormattableString.Invariant($"{t}").AsMemory()));
            else
                Add(annotations, ItemType, _terms);
        }

        public override Delegate CreateGetter(DataViewRow input, DataViewSchema.Column column)
        {
            if (column.Type is not VectorDataViewType)
            {
                T value = default;
                var getter = input.GetGetter<T>(column);
                return (ValueGetter<uint>)((ref uint destination) =>
                {
                    getter(ref value);
                    destination = _keys.GetValueOrDefault(value);
                });
            }

            VBuffer<T> values = default;
            var getValues = input.GetGetter<VBuffer<T>>(column);
            return (ValueGetter<VBuffer<uint>>)((ref VBuffer<uint> destination) =>
            {
                getValues(ref values);
                var editor = VBufferEditor.Create(ref destination, values.Length);
                int i = 0;
                foreach (var value in values.DenseValues())
                    editor.Values[i++] = _keys.GetValueOrDefault(value);
                destination = editor.Commit();
            });
        }

        private static void Add<TValue>(DataViewSchema.Annotations.Builder annotations, PrimitiveDataViewType type, TValue[] values) =>
            annotations.Add(
                "KeyValues",
                new VectorDataViewType(type, values.Length),
                ValueCopy.GetterOf(new VBuffer<TValue>(values.Length, values)));

        /// <summary>Keys made of keys go by the names of the latter.</summary>
        private void AddSourceValues<TValue>(
            DataViewSchema.Annotations.Builder annotations, DataViewSchema.Column source, PrimitiveDataViewType type)
        {
            VBuffer<TValue> values = default;
            source.Annotations.GetValue("KeyValues", ref values);
            var all = values.DenseValues().ToArray();
            Add(annotations, type, Array.ConvertAll(_terms, t => all[Convert.ToInt32(t) - 1]));
        }
    }
}
