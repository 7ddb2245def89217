#nullable disable

namespace Microsoft.ML.Data;

/// <summary>Getters of columns whose values come from .NET variables: strings become text, arrays become vectors.</summary>
internal static class MemberGetters
{
    public static Delegate Create<TMember>(Func<TMember> read)
    {
        if (read is Func<string> text)
            return (ValueGetter<ReadOnlyMemory<char>>)((ref ReadOnlyMemory<char> value) => value = text().AsMemory());
        if (read is Func<string[]> texts)
            return Texts(texts);
        if (typeof(TMember).IsArray)
            return (Delegate)Generic.Call((Func<Func<int[]>, Delegate>)Array, typeof(TMember).GetElementType(), read);
        if (ColumnTypes.Shape(typeof(TMember)).IsVector)
            return (Delegate)Generic.Call((Func<Func<VBuffer<int>>, Delegate>)Buffer, typeof(TMember).GetGenericArguments()[0], read);
        return (ValueGetter<TMember>)((ref TMember value) => value = read());
    }

    /// <summary>Keys count from 0 in objects and from 1 in columns, 0 being what lies outside; in vectors they stay as they are.</summary>
    public static Delegate CreateKey<TMember>(Func<TMember> read, KeyDataViewType type)
    {
        var last = type.Count - 1;
        return read switch
        {
            Func<byte> bytes => (ValueGetter<byte>)((ref byte value) => value = (byte)Shift(bytes())),
            Func<uint> integers => (ValueGetter<uint>)((ref uint value) => value = (uint)Shift(integers())),
            Func<ulong> longs => (ValueGetter<ulong>)((ref ulong value) => value = Shift(longs())),
            _ => throw new InvalidOperationException($"An object's key cannot be a {typeof(TMember)}; use Byte, UInt32 or UInt64."),
        };

        ulong Shift(ulong key) => key <= last ? key + 1 : 0;
    }

    private static ValueGetter<VBuffer<ReadOnlyMemory<char>>> Texts(Func<string[]> read) => (ref VBuffer<ReadOnlyMemory<char>> value) =>
    {
        var source = read() ?? [];
        var editor = VBufferEditor.Create(ref value, source.Length);
        for (var i = 0; i < source.Length; i++)
            editor.Values[i] = source[i].AsMemory();
        value = editor.Commit();
    };

    private static Delegate Array<TItem>(Func<TItem[]> read) => (ValueGetter<VBuffer<TItem>>)((ref VBuffer<TItem> value) =>
    {
        var source = read().AsSpan();
        var editor = VBufferEditor.Create(ref value, source.Length);
        source.CopyTo(editor.Values);
        value = editor.Commit();
    });

    private static Delegate Buffer<TItem>(Func<VBuffer<TItem>> read)
        => (ValueGetter<VBuffer<TItem>>)((ref VBuffer<TItem> value) => read().CopyTo(ref value));
}
