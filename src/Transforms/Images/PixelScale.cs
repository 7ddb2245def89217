using MLNet.VisionLanguage.Columns;

namespace MLNet.VisionLanguage.Images;

/// <summary>
/// Turns a picture's bytes to a model's values and back: (byte / 255 - mean) / deviation, all of red, then green, then blue, row by row.
/// </summary>
internal sealed class PixelScale
{
    /// <summary>Red, green and blue.</summary>
    public const int Colours = StandardColumns.Colours;

    private const int BytesPerPixel = 4;
    private const int Levels = 256;

    private readonly float[] _means;
    private readonly float[] _deviations;
    private readonly float[] _values;

    /// <param name="means">Of red, green and blue, 0..1.</param>
    /// <param name="deviations">Likewise.</param>
    public PixelScale(float[] means, float[] deviations)
    {
        (_means, _deviations) = (means, deviations);
        _values = new float[Colours * Levels];
        for (var i = 0; i < _values.Length; i++)
            _values[i] = ((i % Levels / 255f) - means[i / Levels]) / deviations[i / Levels];
    }

    /// <summary>The values of a picture.</summary>
    /// <param name="image">The picture.</param>
    /// <param name="values">Receives 3 × rows × columns numbers; those beyond the picture stay.</param>
    /// <param name="side">Rows and columns, of which the picture has the first; null for those of the picture.</param>
    public void ToValues(PixelBuffer image, Span<float> values, int? side = null)
    {
        var (rows, columns) = (side ?? image.Height, side ?? image.Width);
        for (var colour = 0; colour < Colours; colour++)
        {
            var levels = _values.AsSpan(colour * Levels, Levels);
            for (var y = 0; y < image.Height; y++)
            {
                var row = image.Row(y);
                var own = values.Slice(((colour * rows) + y) * columns, image.Width);
                for (var x = 0; x < own.Length; x++) own[x] = levels[row[(x * BytesPerPixel) + Place(colour)]];
            }
        }
    }

    /// <summary>The picture that values were made of; numbers between two levels become the nearer one.</summary>
    /// <param name="values">3 × height × width numbers.</param>
    /// <param name="width">Columns.</param>
    /// <param name="height">Rows.</param>
    public PixelBuffer ToPicture(ReadOnlySpan<float> values, int width, int height)
    {
        var image = new PixelBuffer(width, height);
        for (var y = 0; y < height; y++)
        {
            var row = image.Row(y);
            row.Fill(byte.MaxValue);
            for (var colour = 0; colour < Colours; colour++)
            {
                var own = values.Slice(((colour * height) + y) * width, width);
                for (var x = 0; x < own.Length; x++)
                {
                    var level = ((own[x] * _deviations[colour]) + _means[colour]) * 255;
                    row[(x * BytesPerPixel) + Place(colour)] = (byte)Math.Clamp(MathF.Round(level), 0, 255);
                }
            }
        }

        return image;
    }

    /// <summary>Where red, green or blue stands among a pixel's bytes.</summary>
    private static int Place(int colour) => Colours - 1 - colour;
}
