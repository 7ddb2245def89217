namespace MLNet.VisionLanguage.Onnx;

/// <summary>Numbers as whole numbers from -127 to 127, each row of them with a factor of its own.</summary>
internal static class Int8Rows
{
    private const float Largest = 127;

    /// <summary>The factor of each row; 1 for rows of zeros.</summary>
    /// <param name="name">For the message.</param>
    /// <param name="values">Row by row.</param>
    /// <param name="rows">How many rows.</param>
    /// <exception cref="InvalidDataException">A value is not finite.</exception>
    public static float[] Factors(string name, float[] values, int rows)
    {
        var factors = new float[rows];
        var width = values.Length / Math.Max(1, rows);
        for (var row = 0; row < rows; row++)
        {
            var largest = 0f;
            // Math.Max hands NaN on.
            foreach (var value in values.AsSpan(row * width, width)) { largest = Math.Max(largest, Math.Abs(value)); }
            if (!float.IsFinite(largest))
            {
                throw new InvalidDataException($"Weight '{name}' holds {largest} in row {row}; it cannot be stored as int8.");
            }
            factors[row] = largest == 0 ? 1 : largest / Largest;
        }

        return factors;
    }

    /// <summary>The nearest whole multiples of the rows' factors.</summary>
    public static sbyte[] Round(float[] values, float[] factors)
    {
        var rounded = new sbyte[values.Length];
        for (var i = 0; i < values.Length; i++)
        {
            var factor = factors[(int)((long)i * factors.Length / values.Length)];
            rounded[i] = (sbyte)Math.Clamp(MathF.Round(values[i] / factor), -Largest, Largest);
        }
        return rounded;
    }

    /// <summary>How far rounding takes the numbers, the root of the mean square, as a share of their own.</summary>
    public static double Error(string name, float[] values, int rows)
    {
        var factors = Factors(name, values, rows);
        var rounded = Round(values, factors);
        double error = 0, size = 0;
        for (var i = 0; i < values.Length; i++)
        {
            var difference = values[i] - (rounded[i] * factors[(int)((long)i * rows / values.Length)]);
            error += difference * difference;
            size += values[i] * values[i];
        }

        return size == 0 ? 0 : Math.Sqrt(error / size);
    }
}
