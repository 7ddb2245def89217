using System.Globalization;
using System.Numerics;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNet.VisionLanguage.Columns;

/// <summary>
/// Reads a label that is one of a list of names the way ML.NET's users have them: Text, a key with texts as KeyValues, a number that counts
/// the names from 0, or Boolean for the names False and True.
/// </summary>
internal static class LabelNames
{
    /// <summary>The column, checked.</summary>
    /// <exception cref="ArgumentException">It is missing or of another type.</exception>
    public static DataViewSchema.Column Find(string component, DataViewSchema schema, string name)
    {
        ColumnRequirement.Any(component, name).Check(schema);
        var column = schema[name];
        if (column.Type is BooleanDataViewType || IsNumber(column.Type)) return column;
        if (!LabelTexts.IsSingle(column) || !LabelTexts.IsText(column))
        {
            throw new ArgumentException(
                $"{component}: column '{name}' must be of type Text, Boolean, a whole number, or Key<UInt32> with texts as KeyValues, but is "
                + $"{column.Type}.", nameof(schema));
        }

        return column;
    }

    /// <summary>
    /// Reads the label of the row that is current when it is called: a name, or what stands there instead; null where there is nothing.
    /// </summary>
    public static Func<string?> Reader(DataViewRow row, DataViewSchema.Column column, IReadOnlyList<string> names)
    {
        if (LabelTexts.IsText(column))
        {
            var texts = LabelTexts.Reader(row, column);
            return () => texts().FirstOrDefault();
        }

        return Type.GetTypeCode(column.Type.RawType) switch
        {
            TypeCode.Boolean => Boolean(row.GetGetter<bool>(column)),
            TypeCode.Byte => Number(row.GetGetter<byte>(column)),
            TypeCode.Int32 => Number(row.GetGetter<int>(column)),
            TypeCode.Int64 => Number(row.GetGetter<long>(column)),
            TypeCode.UInt32 => Number(row.GetGetter<uint>(column)),
            _ => Number(row.GetGetter<float>(column)),
        };

        Func<string?> Number<T>(ValueGetter<T> getter)
            where T : struct, INumber<T>
        {
            T value = default;
            return () =>
            {
                getter(ref value);
                if (T.IsNaN(value)) return null;
                var place = int.CreateSaturating(value);
                return T.IsInteger(value) && place >= 0 && place < names.Count
                    ? names[place]
                    : value.ToString(null, CultureInfo.InvariantCulture);
            };
        }
    }

    private static bool IsNumber(DataViewType type) => type is NumberDataViewType && Type.GetTypeCode(type.RawType)
        is TypeCode.Byte or TypeCode.Int32 or TypeCode.Int64 or TypeCode.UInt32 or TypeCode.Single;

    private static Func<string?> Boolean(ValueGetter<bool> getter)
    {
        var value = false;
        return () =>
        {
            getter(ref value);
            return value ? bool.TrueString : bool.FalseString;
        };
    }
}
