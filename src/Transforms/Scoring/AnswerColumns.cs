using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.VisionLanguage.Composition;

namespace MLNet.VisionLanguage.Scoring;

/// <summary>The two columns that question answering adds, as an estimator's schema shape describes them before anything is trained.</summary>
internal static class AnswerColumns
{
    public const string SlotNames = "SlotNames";
    public const string KeyValues = "KeyValues";

    /// <summary>Adds Score (vector of Single with SlotNames) and PredictedLabel (key with KeyValues) to a shape.</summary>
    public static SchemaShape AddTo(MLContext mlContext, SchemaShape shape, string scoreColumn, string predictedLabelColumn)
    {
        // A shape tells kinds, not sizes, so any number of answers does.
        var texts = new VectorDataViewType(TextDataViewType.Instance, 1);
        VBuffer<ReadOnlyMemory<char>> noText = new(1, [ReadOnlyMemory<char>.Empty]);
        shape = Add<VBuffer<float>>(mlContext, shape, scoreColumn, new VectorDataViewType(NumberDataViewType.Single, 1), SlotNames, noText, texts);
        return Add<uint>(mlContext, shape, predictedLabelColumn, new KeyDataViewType(typeof(uint), 1), KeyValues, noText, texts);
    }

    /// <summary>Columns of a shape cannot be made by a third party, but a mapping that has the column as its output tells its own shape.</summary>
    private static SchemaShape Add<T>(
        MLContext mlContext,
        SchemaShape shape,
        string name,
        DataViewType type,
        string annotation,
        VBuffer<ReadOnlyMemory<char>> value,
        DataViewType annotationType)
    {
        var definition = SchemaDefinition.Create(typeof(Box<T>), SchemaDefinition.Direction.Write);
        var column = definition[nameof(Box<T>.Value)];
        column.ColumnName = name;
        column.ColumnType = type;
        column.AddAnnotation(annotation, value, annotationType);
        return mlContext.Transforms
            .CustomMapping<NoColumns, Box<T>>((_, _) => { }, contractName: null, inputSchemaDefinition: null, outputSchemaDefinition: definition)
            .GetOutputSchema(shape);
    }

    private sealed class Box<T>
    {
        public T Value { get; set; } = default!;
    }
}
