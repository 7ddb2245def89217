using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNet.VisionLanguage.Columns;

/// <summary>What a column of token ids tells about itself, so that a trainer behind it can size its model.</summary>
internal static class TokenAnnotations
{
    private const string VocabularySize = nameof(VocabularySize);
    private const string MaxLength = nameof(MaxLength);
    private const string MaskToken = nameof(MaskToken);

    /// <summary>The columns of a mapping that tokenizes.</summary>
    public static SchemaDefinition Define<TValues>(int vocabularySize, int maxLength, int? maskToken)
    {
        var definition = SchemaDefinition.Create(typeof(TValues), SchemaDefinition.Direction.Write);
        var ids = definition[StandardColumns.InputIds.HelperName];
        ids.AddAnnotation(VocabularySize, vocabularySize, NumberDataViewType.Int32);
        ids.AddAnnotation(MaxLength, maxLength, NumberDataViewType.Int32);
        if (maskToken is { } mask) ids.AddAnnotation(MaskToken, mask, NumberDataViewType.Int32);
        return definition;
    }

    /// <summary>The number of word pieces and the most tokens of a row; null where the column does not tell.</summary>
    public static (int VocabularySize, int MaxLength)? Find(DataViewSchema.Column column) =>
        Read(column, VocabularySize) is { } size && Read(column, MaxLength) is { } length ? (size, length) : null;

    /// <summary>The word number of [MASK]; null where the column does not tell, or there is none.</summary>
    public static int? FindMask(DataViewSchema.Column column) => Read(column, MaskToken);

    private static int? Read(DataViewSchema.Column column, string kind)
    {
        if (column.Annotations.Schema.GetColumnOrNull(kind) is not { } found || found.Type != NumberDataViewType.Int32) return null;
        var value = 0;
        column.Annotations.GetValue(kind, ref value);
        return value;
    }
}
