using Microsoft.ML;
using MLNet.VisionLanguage.Columns;
using MLNet.VisionLanguage.Regions;

namespace MLNet.VisionLanguage;

/// <content>Files of region features.</content>
public sealed partial class VisionLanguageCatalog
{
    /// <summary>
    /// Writes the regions of a view's images to a file, in the format of its extension (see <see cref="RegionFeatureWriter"/>), from which
    /// LoadRegionFeatures reads them. Images that the file has already are passed over without being computed, so that an interrupted call goes on
    /// when it is made again.
    /// </summary>
    /// <param name="view">Rows of images, such as those of ExtractGridFeatures.</param>
    /// <param name="path">The file: .safetensors, .tsv, .npz, .npy, .lmdb, .hdf5 or .h5.</param>
    /// <param name="imageIdColumnName">The image's name in the file, Text.</param>
    /// <param name="regionFeaturesColumnName">Vector&lt;Single&gt; of N×D values.</param>
    /// <param name="regionBoxesColumnName">Vector&lt;Single&gt; of N×4 values, pixels x1 y1 x2 y2.</param>
    /// <param name="imageSizeColumnName">Vector&lt;Single&gt; of width and height.</param>
    /// <param name="float16">Whether features are stored in 16 bits where the format has them.</param>
    /// <returns>The number of images added.</returns>
    /// <exception cref="ArgumentException">A column is missing or of another type, or the extension is none of these.</exception>
    /// <exception cref="InvalidDataException">A row's regions cannot be written, or the file is of another format.</exception>
    public long SaveRegionFeatures(
        IDataView view, string path, string imageIdColumnName = "ImageId", string regionFeaturesColumnName = "RegionFeatures",
        string regionBoxesColumnName = "RegionBoxes", string imageSizeColumnName = "ImageSize", bool float16 = false)
    {
        ArgumentNullException.ThrowIfNull(view);
        var columns = new ColumnNames
        {
            [StandardColumns.RegionFeatures] = regionFeaturesColumnName,
            [StandardColumns.RegionBoxes] = regionBoxesColumnName,
            [StandardColumns.ImageSize] = imageSizeColumnName,
        };
        using var writer = RegionFeatureWriter.Create(path, new() { Float16 = float16 });
        var added = new RegionFeatureSaving(imageIdColumnName, columns).Save(view, writer, progress: null, CancellationToken.None);
        writer.Complete();
        return added;
    }
}
