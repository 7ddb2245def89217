namespace MLNet.VisionLanguage.Engine;

/// <summary>What both engines refuse alike before a runtime sees it.</summary>
internal static class WindowChecks
{
    /// <exception cref="ArgumentOutOfRangeException">A size is not positive, or a padding negative.</exception>
    public static void Convolution(string name, int outputs, int kernel, int stride, int padding, int dilation, int groups)
    {
        Positive(name, nameof(outputs), outputs);
        Positive(name, nameof(kernel), kernel);
        Positive(name, nameof(stride), stride);
        Positive(name, nameof(dilation), dilation);
        Positive(name, nameof(groups), groups);
        if (padding < 0) throw new ArgumentOutOfRangeException(nameof(padding), padding, $"'{name}': the padding is negative.");
        if (outputs % groups != 0)
        {
            throw new ArgumentException($"'{name}': {outputs} output channels do not divide into {groups} groups.", nameof(groups));
        }
    }

    /// <exception cref="ArgumentOutOfRangeException">A square has no middle.</exception>
    public static void Odd(string operation, string name, int size)
    {
        Positive(operation, name, size);
        if (size % 2 == 0) throw new ArgumentOutOfRangeException(name, size, $"{operation}: {size} places along a side have no middle.");
    }

    /// <exception cref="ArgumentOutOfRangeException">A size is not positive, or the padding more than half the kernel.</exception>
    public static void Pooling(string operation, int kernel, int stride, int padding)
    {
        Positive(operation, nameof(kernel), kernel);
        Positive(operation, nameof(stride), stride);
        if (padding < 0 || padding > kernel / 2)
        {
            throw new ArgumentOutOfRangeException(
                nameof(padding), padding, $"{operation} of a {kernel} × {kernel} window takes a padding of 0 to {kernel / 2}.");
        }
    }

    /// <exception cref="ArgumentException">The channels do not divide into the groups.</exception>
    public static void Groups(string name, long channels, int groups)
    {
        Positive(name, nameof(groups), groups);
        if (channels % groups != 0)
            throw new ArgumentException($"'{name}': {channels} channels do not divide into {groups} groups.", nameof(groups));
    }

    /// <exception cref="ArgumentException">The amounts are not pairs of numbers that are not negative.</exception>
    public static void Padding(int[] amounts)
    {
        if (amounts.Length % 2 != 0)
        {
            throw new ArgumentException($"Pad takes two amounts an axis; found {amounts.Length} amounts.", nameof(amounts));
        }
        if (amounts.Any(amount => amount < 0))
        {
            throw new ArgumentException(
                $"Pad takes no negative amount; found {string.Join(", ", amounts)}. Slice instead.", nameof(amounts));
        }
    }

    /// <exception cref="ArgumentException">The parameter has another shape; -1 stands for any size.</exception>
    public static void Parameter(string name, IReadOnlyList<long> found, params long[] expected)
    {
        if (found.Count != expected.Length || expected.Where((size, i) => size >= 0 && size != found[i]).Any())
        {
            var wanted = string.Join(", ", expected.Select(size => size < 0 ? "any" : size.ToString()));
            throw new ArgumentException($"Parameter '{name}' has shape [{string.Join(", ", found)}]; expected [{wanted}].", nameof(name));
        }
    }

    public static void Positive(string what, string size, int value)
    {
        if (value <= 0) throw new ArgumentOutOfRangeException(size, value, $"'{what}': expected a {size} above 0.");
    }
}
