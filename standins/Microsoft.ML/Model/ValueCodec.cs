using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;

namespace Microsoft.ML.Data;

/// <summary>Writes single column values into a model, and reads them back.</summary>
internal static class ValueCodec
{
    public static Action<BinaryWriter, T> Writer<T>()
    {
        if (IsVector(typeof(T), out var item))
            return (Action<BinaryWriter, T>)Generic.Call(VectorWriter<int>, item);
        if (typeof(T) == typeof(ReadOnlyMemory<char>))
            return (Action<BinaryWriter, T>)(object)(Action<BinaryWriter, ReadOnlyMemory<char>>)WriteText;
        if (typeof(T) == typeof(DateTime))
            return (Action<BinaryWriter, T>)(object)(Action<BinaryWriter, DateTime>)((w, value) => w.Write(value.Ticks));
        if (typeof(T) == typeof(DateTimeOffset))
        {
            return (Action<BinaryWriter, T>)(object)(Action<BinaryWriter, DateTimeOffset>)((w, value) =>
            {
                w.Write(value.Ticks);
                w.Write(value.Offset.Ticks);
            });
        }

        RefuseManaged<T>();
        return (w, value) => w.Write(BytesOf(ref value));
    }

    public static Func<BinaryReader, T> Reader<T>()
    {
        if (IsVector(typeof(T), out var item))
            return (Func<BinaryReader, T>)Generic.Call(VectorReader<int>, item);
        if (typeof(T) == typeof(ReadOnlyMemory<char>))
            return (Func<BinaryReader, T>)(object)(Func<BinaryReader, ReadOnlyMemory<char>>)ReadText;
        if (typeof(T) == typeof(DateTime))
            return (Func<BinaryReader, T>)(object)(Func<BinaryReader, DateTime>)(r => new DateTime(r.ReadInt64()));
        if (typeof(T) == typeof(DateTimeOffset))
        {
            return (Func<BinaryReader, T>)(object)(Func<BinaryReader, DateTimeOffset>)(r =>
                new DateTimeOffset(r.ReadInt64(), new TimeSpan(r.ReadInt64())));
        }

        RefuseManaged<T>();
        return r =>
        {
            T value = default;
            r.BaseStream.ReadExactly(BytesOf(ref value));
            return value;
        };
    }

    private static Action<BinaryWriter, VBuffer<T>> VectorWriter<T>()
    {
        var write = Writer<T>();
        return (w, vector) =>
        {
            w.Write(vector.Length);
            foreach (var value in vector.DenseValues())
                write(w, value);
        };
    }

    private static Func<BinaryReader, VBuffer<T>> VectorReader<T>()
    {
        var read = Reader<T>();
        return r =>
        {
            int length = r.ReadInt32();

            // The list grows with what is really read, so a wrong length costs no memory.
            var values = new List<T>();
            for (int i = 0; i < length; i++)
                values.Add(read(r));
            return new VBuffer<T>(length, [.. values]);
        };
    }

    private static void WriteText(BinaryWriter writer, ReadOnlyMemory<char> text)
    {
        var bytes = new byte[Encoding.UTF8.GetByteCount(text.Span)];
        Encoding.UTF8.GetBytes(text.Span, bytes);
        writer.Write(bytes.Length);
        writer.Write(bytes);
    }

    private static ReadOnlyMemory<char> ReadText(BinaryReader reader)
    {
        int count = reader.ReadInt32();
        if (count < 0 || count > reader.BaseStream.Length - reader.BaseStream.Position)
            throw new FormatException("Corrupt model file: a text is longer than the file");
        return Encoding.UTF8.GetString(reader.ReadBytes(count)).AsMemory();
    }

    private static Span<byte> BytesOf<T>(ref T value) =>
        MemoryMarshal.CreateSpan(ref Unsafe.As<T, byte>(ref value), Unsafe.SizeOf<T>());

    private static bool IsVector(Type type, out Type item)
    {
        bool isVector = type.IsGenericType && type.GetGenericTypeDefinition() == typeof(VBuffer<>);
        item = isVector ? type.GetGenericArguments()[0] : null;
        return isVector;
    }

    private static void RefuseManaged<T>()
    {
        if (RuntimeHelpers.IsReferenceOrContainsReferences<T>())
            throw new NotSupportedException($"Values of {typeof(T)} cannot be saved.");
    }
}

/// <summary>Getters that give one fixed value; vectors are copied into the caller's buffer.</summary>
internal static class ValueCopy
{
    public static ValueGetter<T> GetterOf<T>(T value)
    {
        var copy = CopierOf<T>();
        return (ref T destination) => copy(value, ref destination);
    }

    public delegate void Copier<T>(in T source, ref T destination);

    public static Copier<T> CopierOf<T>()
    {
        if (typeof(T).IsGenericType && typeof(T).GetGenericTypeDefinition() == typeof(VBuffer<>))
            return (Copier<T>)Generic.Call(VectorCopier<int>, typeof(T).GetGenericArguments()[0]);
        return (in T source, ref T destination) => destination = source;
    }

    private static Copier<VBuffer<T>> VectorCopier<T>() =>
        (in VBuffer<T> source, ref VBuffer<T> destination) => source.CopyTo(ref destination);
}
