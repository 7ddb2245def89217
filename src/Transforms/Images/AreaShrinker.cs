namespace MLNet.VisionLanguage.Images;

/// <summary>
/// Shrinks a picture to area means while its rows arrive, so that the large picture is never in memory: each target pixel is the mean of
/// the stretch of source pixels it covers, with shares at the borders.
/// </summary>
internal sealed class AreaShrinker
{
    private const int Colours = 3;

    private readonly PixelBuffer _target;
    private readonly int _height;
    private readonly bool _fromBottom;

    /// <summary>Of each source column: the first target column it lies in, and its share there; the rest lies in the next one.</summary>
    private readonly int[] _column;
    private readonly float[] _share;

    /// <summary>The source row's means, and the sums of the target row in work.</summary>
    private readonly float[] _row;
    private readonly float[] _sums;
    private int _source;
    private int _done;

    /// <param name="width">Source columns; at least the target's.</param>
    /// <param name="height">Source rows; at least the target's.</param>
    /// <param name="target">Where the small picture goes.</param>
    /// <param name="fromBottom">Whether the last row comes first.</param>
    public AreaShrinker(int width, int height, PixelBuffer target, bool fromBottom)
    {
        _target = target;
        _height = height;
        _fromBottom = fromBottom;
        (_column, _share) = (new int[width], new float[width]);
        _row = new float[(target.Width + 1) * Colours];
        _sums = new float[target.Width * Colours];
        for (var x = 0; x < width; x++) (_column[x], _share[x], _) = Place(x, width, target.Width);
    }

    /// <summary>Takes the next row, opaque.</summary>
    public void Add(ReadOnlySpan<byte> source)
    {
        Array.Clear(_row);
        for (int x = 0, from = 0; x < _column.Length; x++, from += 4)
        {
            var to = _column[x] * Colours;
            var share = _share[x];
            _row[to] += source[from] * share;
            _row[to + 1] += source[from + 1] * share;
            _row[to + 2] += source[from + 2] * share;
            if (share == 1) continue;
            _row[to + 3] += source[from] * (1 - share);
            _row[to + 4] += source[from + 1] * (1 - share);
            _row[to + 5] += source[from + 2] * (1 - share);
        }

        var (_, rowShare, ends) = Place(_source++, _height, _target.Height);
        AddTo(rowShare);
        if (!ends) return;
        Emit();
        if (rowShare < 1) AddTo(1 - rowShare);
    }

    private void AddTo(float share)
    {
        for (var i = 0; i < _sums.Length; i++) _sums[i] += _row[i] * share;
    }

    private void Emit()
    {
        var scale = _target.Width / (float)_column.Length * (_target.Height / (float)_height);
        var row = _target.Row(_fromBottom ? _target.Height - 1 - _done : _done);
        for (int from = 0, to = 0; from < _sums.Length; from += Colours, to += 4)
        {
            for (var colour = 0; colour < Colours; colour++)
                row[to + colour] = (byte)Math.Clamp((int)(_sums[from + colour] * scale + 0.5f), 0, 255);
            row[to + 3] = 255;
        }

        Array.Clear(_sums);
        _done++;
    }

    /// <summary>
    /// Where source place <paramref name="at"/> of <paramref name="from"/> lies among <paramref name="to"/> target places: the first it
    /// touches, its share there, and whether it is the last one there.
    /// </summary>
    private static (int Index, float Share, bool Ends) Place(int at, int from, int to)
    {
        var index = (int)((long)at * to / from);
        var border = (index + 1L) * from;
        var end = (at + 1L) * to;
        return (index, end <= border ? 1 : (border - (long)at * to) / (float)to, end >= border);
    }
}
