using MLNet.VisionLanguage.Files;
using static TorchSharp.torch;

namespace MLNet.VisionLanguage.Data;

/// <summary>
/// For each image of some rows those that are most like it: whose mean region features are nearest (Euclidean distance). The means lie in a
/// temporary file, so that memory holds two blocks of them and, for each image, the numbers of the nearest.
/// </summary>
internal sealed class NearestImages
{
    private const int BlockImages = 2048;

    private readonly TrainingRows<bool> _data;
    private readonly Dictionary<int, int> _places = [];
    private readonly List<List<TrainingRow<bool>>> _rows = [];
    private readonly int[][] _nearest;

    /// <param name="data">Where the rows lie.</param>
    /// <param name="rows">The rows.</param>
    /// <param name="count">How many of the nearest are found, the image itself not counted; fewer where there are fewer.</param>
    /// <param name="blockImages">How many images are compared with how many at once.</param>
    public NearestImages(TrainingRows<bool> data, IReadOnlyList<TrainingRow<bool>> rows, int count, int blockImages = BlockImages)
    {
        _data = data;
        using var file = new SpillFile(TemporaryFiles.Folder, "means");
        var width = 0;
        foreach (var row in rows)
        {
            var block = ImageOf(row);
            if (!_places.TryGetValue(block, out var place))
            {
                place = _places[block] = _rows.Count;
                _rows.Add([]);
                var mean = data.MeanRegion(block);
                width = mean.Length;
                file.Append<float>(mean);
            }

            _rows[place].Add(row);
        }

        file.Flush();
        _nearest = new int[_rows.Count][];
        count = Math.Min(count, _rows.Count - 1);
        if (count > 0) Find(file, width, count, blockImages);
    }

    /// <summary>The numbers of the images nearest to that of a row, the nearest first, each as the row's own data calls it.</summary>
    public IReadOnlyList<int> Of(TrainingRow<bool> row) =>
        [.. (_nearest[_places[ImageOf(row)]] ?? []).Select(place => ImageOf(_rows[place][0]))];

    /// <summary>A row about one of the nearest images, with other words; null where so many draws meet none.</summary>
    public TrainingRow<bool>? Draw(TrainingRow<bool> row, Random random, int tries)
    {
        if (_nearest[_places[ImageOf(row)]] is not { } nearest) return null;
        using var own = _data.Content(row);
        for (var i = 0; i < tries; i++)
        {
            var about = _rows[nearest[random.Next(nearest.Length)]];
            var other = about[random.Next(about.Count)];
            using var found = _data.Content(other);
            if (!found.Text(0).SequenceEqual(own.Text(0))) return other;
        }

        return null;
    }

    private int ImageOf(TrainingRow<bool> row)
    {
        using var content = _data.Content(row);
        return (int)content.Blocks[0];
    }

    private void Find(SpillFile file, int width, int count, int blockImages)
    {
        using var gradients = no_grad();
        for (var first = 0; first < _nearest.Length; first += blockImages)
        {
            using var scope = NewDisposeScope();
            var own = Means(first);
            var places = arange(first, first + own.shape[0], dtype: ScalarType.Int64).unsqueeze(1);
            Tensor? best = null, found = null;
            for (var start = 0; start < _nearest.Length; start += blockImages)
            {
                using var inner = NewDisposeScope();
                var others = Means(start);
                var numbers = arange(start, start + others.shape[0], dtype: ScalarType.Int64).unsqueeze(0).expand(own.shape[0], -1);
                var distances = own.square().sum(1, keepdim: true) + others.square().sum(1).unsqueeze(0) - own.matmul(others.t()).mul(2);
                distances = distances.masked_fill(numbers.eq(places), float.PositiveInfinity);
                var (all, which) = best is null ? (distances, numbers) : (cat([best, distances], 1), cat([found!, numbers], 1));
                var (least, order) = all.topk((int)Math.Min(count + 1, all.shape[1]), 1, largest: false);
                (best, found) = (least.MoveToOuterDisposeScope(), which.gather(1, order).MoveToOuterDisposeScope());
            }

            // Its own place is infinitely far.
            var lists = found!.narrow(1, 0, count).contiguous().data<long>().ToArray();
            for (var i = 0; i < own.shape[0]; i++)
                _nearest[first + i] = Array.ConvertAll(lists[(i * count)..((i + 1) * count)], place => (int)place);
        }

        Tensor Means(int first)
        {
            var images = Math.Min(blockImages, _nearest.Length - first);
            var values = new float[images * width];
            file.Read<float>((long)first * width * sizeof(float), values);
            return tensor(values, images, width);
        }
    }
}
