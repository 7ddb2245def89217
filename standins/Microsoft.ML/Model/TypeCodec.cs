using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

/// <summary>Writes column types and schemas into a model, and reads them back.</summary>
internal static class TypeCodec
{
    private const byte Key = 100;
    private const byte Vector = 101;

    private static readonly PrimitiveDataViewType[] _primitives =
    [
        NumberDataViewType.SByte, NumberDataViewType.Byte, NumberDataViewType.Int16, NumberDataViewType.UInt16,
        NumberDataViewType.Int32, NumberDataViewType.UInt32, NumberDataViewType.Int64, NumberDataViewType.UInt64,
        NumberDataViewType.Single, NumberDataViewType.Double, TextDataViewType.Instance, BooleanDataViewType.Instance,
        TimeSpanDataViewType.Instance, DateTimeDataViewType.Instance, DateTimeOffsetDataViewType.Instance, RowIdDataViewType.Instance,
    ];

    public static bool CanWrite(DataViewType type) =>
        type is KeyDataViewType || _primitives.Contains(type) || (type is VectorDataViewType vector && CanWrite(vector.ItemType));

    public static void Write(BinaryWriter writer, DataViewType type)
    {
        if (type is VectorDataViewType vector)
        {
            writer.Write(Vector);
            Write(writer, vector.ItemType);
            writer.Write(vector.Dimensions.Length);
            foreach (int dimension in vector.Dimensions)
                writer.Write(dimension);
        }
        else if (type is KeyDataViewType key)
        {
            writer.Write(Key);
            Write(writer, ColumnTypes.PrimitiveTypeOf(key.RawType));
            writer.Write(key.Count);
        }
        else
        {
            int index = Array.IndexOf(_primitives, type);
            if (index < 0)
                throw new NotSupportedException($"A column of type {type} cannot be saved.");
            writer.Write((byte)index);
        }
    }

    public static DataViewType Read(BinaryReader reader)
    {
        byte code = reader.ReadByte();
        if (code == Vector)
        {
            var item = Read(reader) as PrimitiveDataViewType ?? throw Corrupt();
            int count = reader.ReadInt32();
            if (count is < 1 or > 32)
                throw Corrupt();
            var dimensions = new int[count];
            for (int i = 0; i < count; i++)
                dimensions[i] = reader.ReadInt32();
            return new VectorDataViewType(item, dimensions);
        }

        if (code == Key)
            return new KeyDataViewType(Read(reader).RawType, reader.ReadUInt64());
        return code < _primitives.Length ? _primitives[code] : throw Corrupt();
    }

    /// <summary>Columns whose type has no written form (images, say) are left out, with a warning.</summary>
    public static void WriteSchema(BinaryWriter writer, DataViewSchema schema, IChannel channel)
    {
        var columns = schema.Where(c => CanWrite(c.Type)).ToArray();
        foreach (var column in schema.Except(columns))
        {
            channel.Warning(
                MessageSensitivity.Schema, "The column '{0}' of type {1} cannot be saved with the schema", column.Name, column.Type);
        }

        writer.Write(columns.Length);
        foreach (var column in columns)
        {
            writer.Write(column.Name);
            Write(writer, column.Type);
            WriteAnnotations(writer, column.Annotations);
        }
    }

    public static DataViewSchema ReadSchema(BinaryReader reader)
    {
        var builder = new DataViewSchema.Builder();
        int count = reader.ReadInt32();
        for (int i = 0; i < count; i++)
            builder.AddColumn(reader.ReadString(), Read(reader), ReadAnnotations(reader));
        return builder.ToSchema();
    }

    public static void WriteAnnotations(BinaryWriter writer, DataViewSchema.Annotations annotations)
    {
        var kinds = annotations.Schema.Where(a => CanWrite(a.Type)).ToArray();
        writer.Write(kinds.Length);
        foreach (var kind in kinds)
        {
            writer.Write(kind.Name);
            Write(writer, kind.Type);
            Generic.Call(WriteAnnotation<int>, kind.Type.RawType, writer, annotations, kind);
        }
    }

    public static DataViewSchema.Annotations ReadAnnotations(BinaryReader reader)
    {
        var builder = new DataViewSchema.Annotations.Builder();
        int count = reader.ReadInt32();
        for (int i = 0; i < count; i++)
        {
            var name = reader.ReadString();
            var type = Read(reader);
            builder.Add(name, type, (Delegate)Generic.Call(ReadAnnotation<int>, type.RawType, reader));
        }

        return builder.ToAnnotations();
    }

    private static void WriteAnnotation<T>(BinaryWriter writer, DataViewSchema.Annotations annotations, DataViewSchema.Column kind)
    {
        T value = default;
        annotations.GetGetter<T>(kind)(ref value);
        ValueCodec.Writer<T>()(writer, value);
    }

    private static ValueGetter<T> ReadAnnotation<T>(BinaryReader reader) => ValueCopy.GetterOf(ValueCodec.Reader<T>()(reader));

    private static FormatException Corrupt() => new("Corrupt model file: unknown column type");
}
