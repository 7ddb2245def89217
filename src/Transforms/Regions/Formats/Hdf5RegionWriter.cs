using System.Globalization;
using MLNet.VisionLanguage.Checkpoints;
using MLNet.VisionLanguage.Files;
using PureHDF;
using PureHDF.Selections;

namespace MLNet.VisionLanguage.Regions;

/// <summary>Writes HDF5 in the bottom-up trainval layout, see <see cref="Hdf5RegionReader"/>, image by image, and its index.</summary>
internal static class Hdf5RegionWriter
{
    private const int SpatialSize = 6;

    public static void Write(string path, RegionFeatureReader images)
    {
        var (places, sizes) = (new int[images.ImageIds.Count, 2], new int[images.ImageIds.Count, 2]);
        var (total, featureSize) = (0, 0);
        foreach (var (i, regions) in images.ReadAll().Index())
        {
            (places[i, 0], places[i, 1]) = (total, total + regions.Count);
            (sizes[i, 0], sizes[i, 1]) = (regions.Width, regions.Height);
            total = checked(total + regions.Count);
            featureSize = regions.FeatureSize;
        }

        var (features, boxes, spatial) = (Rows(featureSize), Rows(4), Rows(SpatialSize));
        var file = new H5File
        {
            [Hdf5RegionReader.Features] = features,
            [Hdf5RegionReader.Boxes] = boxes,
            [Hdf5RegionReader.Spatial] = spatial,
            [Hdf5RegionReader.Places] = places,
            [Hdf5RegionReader.Widths] = Column(sizes, 0),
            [Hdf5RegionReader.Heights] = Column(sizes, 1),
        };
        var temporary = TemporaryFiles.Beside(path);
        try
        {
            using (var writer = file.BeginWrite(temporary))
            {
                foreach (var (i, regions) in images.ReadAll().Index())
                {
                    Add(writer, features, regions.Features, places[i, 0], regions.Count);
                    Add(writer, boxes, regions.Boxes, places[i, 0], regions.Count);
                    Add(writer, spatial, Spatial(regions), places[i, 0], regions.Count);
                }
            }

            // The index is there before what it belongs to.
            AtomicFile.Write(Hdf5RegionReader.IndexOf(path), stream => stream.Write(Index(images.ImageIds)));
            File.Move(temporary, path, overwrite: true);
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }
        finally
        {
            TemporaryFiles.Forget(temporary);
        }

        H5Dataset<float[]> Rows(int size) => new(fileDims: [(ulong)total, (ulong)size]);
    }

    private static int[] Column(int[,] table, int column) => [.. Enumerable.Range(0, table.GetLength(0)).Select(row => table[row, column])];

    private static void Add(H5NativeWriter writer, H5Dataset<float[]> data, float[] values, int start, int count) => writer.Write(
        data, values, fileSelection: new HyperslabSelection(2, [(ulong)start, 0], [(ulong)count, (ulong)(values.Length / count)]));

    /// <summary>Each box in parts of the image: x1 y1 x2 y2 width height.</summary>
    private static float[] Spatial(ImageRegions regions)
    {
        var values = new float[regions.Count * SpatialSize];
        for (var i = 0; i < regions.Count; i++)
        {
            var to = values.AsSpan(i * SpatialSize, SpatialSize);
            for (var side = 0; side < 4; side++) to[side] = regions.Boxes[(i * 4) + side] / (side % 2 == 0 ? regions.Width : regions.Height);
            (to[4], to[5]) = (to[2] - to[0], to[3] - to[1]);
        }

        return values;
    }

    /// <summary>Names that are numbers are numbers there, as the programs that read it expect.</summary>
    private static byte[] Index(IReadOnlyList<string> imageIds) => PickleWriter.Dump(imageIds.Index().ToDictionary(
        entry => long.TryParse(entry.Item, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            && number.ToString(CultureInfo.InvariantCulture) == entry.Item ? number : (object)entry.Item,
        entry => (object)entry.Index));
}
