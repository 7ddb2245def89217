using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.VisionLanguage.Columns;

namespace MLNet.VisionLanguage.Regions;

/// <summary>Writes the region columns of a view to a feature file.</summary>
/// <param name="ImageIdColumnName">The image's name, Text.</param>
/// <param name="Columns">The names of the columns of an image.</param>
internal sealed record RegionFeatureSaving(string ImageIdColumnName, ColumnNames Columns)
{
    private const string Component = "SaveRegionFeatures";

    /// <summary>Columns of what a detector says of the regions, where the view has both: keys and scores of classes; and of attributes.</summary>
    private static readonly string[][] Detected = [["RegionClasses", "RegionScores"], ["RegionAttributes", "RegionAttributeScores"]];

    /// <summary>Adds the rows whose image the writer does not have; the others' columns are not computed.</summary>
    /// <returns>How many were added.</returns>
    /// <exception cref="ArgumentException">A column is missing or of another type.</exception>
    /// <exception cref="InvalidDataException">A row holds no regions.</exception>
    /// <param name="view">The rows.</param>
    /// <param name="writer">Takes the regions.</param>
    /// <param name="progress">Hears of rows.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <param name="onEmpty">Takes the names of images without regions, which are left out; null where that is an error.</param>
    public long Save(
        IDataView view, RegionFeatureWriter writer, IProgress<long>? progress, CancellationToken cancellation, Action<string>? onEmpty = null)
    {
        var (features, boxes, size) = (
            Columns[StandardColumns.RegionFeatures], Columns[StandardColumns.RegionBoxes], Columns[StandardColumns.ImageSize]);
        ColumnRequirement.Text(Component, ImageIdColumnName).Check(view.Schema);
        foreach (var name in new[] { features, boxes, size }) ColumnRequirement.Vector<float>(Component, name).Check(view.Schema);
        var columns = new[] { ImageIdColumnName, features, boxes, size }.Select(name => view.Schema[name]).ToArray();
        var detected = Detected.Select(pair => Pair(view.Schema, pair)).ToArray();
        using var cursor = view.GetRowCursor([.. columns, .. detected.SelectMany(pair => pair)]);
        DetectedGetters?[] told = [.. detected.Select(pair => pair.Length == 0 ? null : new DetectedGetters(cursor, pair[0], pair[1]))];
        var id = cursor.GetGetter<ReadOnlyMemory<char>>(columns[0]);
        ValueGetter<VBuffer<float>>[] getters = [.. columns.Skip(1).Select(column => cursor.GetGetter<VBuffer<float>>(column))];
        var (name0, values) = (default(ReadOnlyMemory<char>), new VBuffer<float>[3]);
        var (rows, added) = (0L, 0L);
        while (cursor.MoveNext())
        {
            cancellation.ThrowIfCancellationRequested();
            id(ref name0);
            var imageId = name0.ToString();
            if (!writer.Contains(imageId))
            {
                for (var i = 0; i < getters.Length; i++) getters[i](ref values[i]);
                if (values[1].Length == 0 && onEmpty is not null)
                {
                    onEmpty(imageId);
                }
                else
                {
                    writer.Add(Regions(cursor.Position, imageId, values, told));
                    added++;
                }
            }

            progress?.Report(++rows);
        }

        return added;
    }

    private static ImageRegions Regions(long row, string imageId, VBuffer<float>[] values, DetectedGetters?[] told)
    {
        float[] size = [.. values[2].DenseValues()];
        if (size is not [>= 1 and var width, >= 1 and var height])
            throw new InvalidDataException($"{Component}: row {row}: the image's size must be two numbers above 0 but is {string.Join(", ", size)}.");
        try
        {
            return new(imageId, (int)width, (int)height, [.. values[1].DenseValues()], [.. values[0].DenseValues()])
            {
                ObjectIds = told[0]?.Keys(),
                ObjectConfidences = told[0]?.Scores(),
                AttributeIds = told[1]?.Keys(),
                AttributeConfidences = told[1]?.Scores(),
            };
        }
        catch (ArgumentException e)
        {
            throw new InvalidDataException($"{Component}: row {row}: {e.Message}", e);
        }
    }

    /// <summary>Both columns of a pair of <see cref="Detected"/>, or none.</summary>
    private static DataViewSchema.Column[] Pair(DataViewSchema schema, string[] names) =>
        schema.GetColumnOrNull(names[0]) is { Type: VectorDataViewType { ItemType: KeyDataViewType { RawType: var key } } } keys && key == typeof(uint)
        && schema.GetColumnOrNull(names[1]) is { Type: VectorDataViewType { ItemType: NumberDataViewType { RawType: var number } } } scores
        && number == typeof(float)
            ? [keys, scores]
            : [];

    /// <summary>Reads a pair of columns of the current row.</summary>
    private sealed class DetectedGetters(DataViewRow row, DataViewSchema.Column keyColumn, DataViewSchema.Column scoreColumn)
    {
        private readonly ValueGetter<VBuffer<uint>> _keys = row.GetGetter<VBuffer<uint>>(keyColumn);
        private readonly ValueGetter<VBuffer<float>> _scores = row.GetGetter<VBuffer<float>>(scoreColumn);

        /// <summary>Numbers of names from 0.</summary>
        public long[] Keys()
        {
            VBuffer<uint> keys = default;
            _keys(ref keys);
            return [.. keys.DenseValues().Select(key => key - 1L)];
        }

        public float[] Scores()
        {
            VBuffer<float> scores = default;
            _scores(ref scores);
            return [.. scores.DenseValues()];
        }
    }
}
