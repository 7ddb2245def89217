using System.Globalization;
using System.Numerics;

namespace Microsoft.ML.Data;

/// <summary>
/// The conversions between column values: integers stay signed or unsigned, everything numeric becomes a float, anything a text.
/// </summary>
internal static class ValueConversion
{
    private static readonly Type[] _signed = [typeof(sbyte), typeof(short), typeof(int), typeof(long)];
    private static readonly Type[] _unsigned = [typeof(byte), typeof(ushort), typeof(uint), typeof(ulong)];
    private static readonly Type[] _floats = [typeof(float), typeof(double)];
    private static readonly Type _text = typeof(ReadOnlyMemory<char>);

    public static bool Exists(Type from, Type to)
    {
        if (from == to || (to == _text && (IsNumber(from) || from == typeof(bool))))
            return true;
        if (from == _text)
            return IsNumber(to) || to == typeof(bool);
        if (from == typeof(bool))
            return _signed.Contains(to) || _floats.Contains(to);
        if (!IsNumber(from))
            return false;
        return to == typeof(bool) || _floats.Contains(to)
            || (_signed.Contains(from) && _signed.Contains(to)) || (_unsigned.Contains(from) && _unsigned.Contains(to));
    }

    public static ulong LargestOf(Type unsigned)
    {
        if (unsigned == typeof(byte))
            return byte.MaxValue;
        if (unsigned == typeof(ushort))
            return ushort.MaxValue;
        return unsigned == typeof(uint) ? uint.MaxValue : ulong.MaxValue;
    }

    public static Func<TFrom, TTo> Get<TFrom, TTo>()
    {
        if (typeof(TFrom) == typeof(TTo))
            return value => (TTo)(object)value;
        if (typeof(TTo) == _text)
            return value => (TTo)(object)TextOf(value).AsMemory();
        if (typeof(TFrom) == _text)
            return typeof(TTo) == typeof(bool) ? value => (TTo)(object)IsTrue(value.ToString()) : ParserOf<TFrom, TTo>();
        if (typeof(TFrom) == typeof(bool))
            return value => (TTo)Convert.ChangeType(value, typeof(TTo), CultureInfo.InvariantCulture);
        if (typeof(TTo) == typeof(bool))
            return value => (TTo)(object)(Convert.ToDouble(value, CultureInfo.InvariantCulture) != 0);
        return NumberOf<TFrom, TTo>();
    }

    private static bool IsNumber(Type type) => _signed.Contains(type) || _unsigned.Contains(type) || _floats.Contains(type);

    private static string TextOf<T>(T value) => value switch
    {
        bool flag => flag ? "True" : "False",
        float or double => value is float single && float.IsNaN(single) || value is double number && double.IsNaN(number)
            ? string.Empty
            : ((IFormattable)value).ToString("R", CultureInfo.InvariantCulture),
        _ => FormattableString.Invariant($"{value}"),
    };

    private static bool IsTrue(string text) =>
        text.Trim().ToUpperInvariant() is "TRUE" or "YES" or "T" or "Y" or "1" or "+1" or "+";

    private static Func<TFrom, TTo> NumberOf<TFrom, TTo>()
    {
        Func<Func<int, int>> cast = Cast<int, int>;
        return (Func<TFrom, TTo>)cast.Method.GetGenericMethodDefinition().MakeGenericMethod(typeof(TFrom), typeof(TTo)).Invoke(null, null);
    }

    private static Func<TFrom, TTo> ParserOf<TFrom, TTo>()
    {
        var parse = (Func<string, TTo>)Generic.Call(Parser<int>, typeof(TTo));
        return value => parse(value.ToString());
    }

    private static Func<TFrom, TTo> Cast<TFrom, TTo>()
        where TFrom : INumber<TFrom>
        where TTo : INumber<TTo> => TTo.CreateTruncating;

    /// <summary>What is no number becomes NaN, or 0 for integers.</summary>
    private static Func<string, T> Parser<T>()
        where T : INumber<T>
    {
        var missing = MissingValues.Of<T>();
        return text => T.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) ? value : missing;
    }
}
