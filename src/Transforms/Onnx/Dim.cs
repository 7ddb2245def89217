namespace MLNet.VisionLanguage.Onnx;

/// <summary>One dimension of a graph input or output: a fixed size, or a name for a size known only at run time.</summary>
internal readonly record struct Dim
{
    private Dim(long? size, string? name) => (Size, Name) = (size, name);

    /// <summary>The size, or null when the dimension has a name or nothing.</summary>
    public long? Size { get; }

    /// <summary>The name of a dimension of unknown size.</summary>
    public string? Name { get; }

    public bool IsKnown => Size is not null;

    public static Dim Unknown { get; } = new(null, null);

    public static implicit operator Dim(long size) =>
        size >= 0 ? new(size, null) : throw new ArgumentOutOfRangeException(nameof(size), size, "A dimension is not negative; name it instead.");

    public static implicit operator Dim(string name) => new(null, name);

    public override string ToString() => Size?.ToString() ?? Name ?? "?";
}
