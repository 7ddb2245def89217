namespace MLNet.VisionLanguage;

/// <summary>An output of a detector, or columns of one.</summary>
public sealed record OnnxOutput
{
    /// <summary>Its name in the model; a value within the model will do.</summary>
    public string Name { get; init; } = "";

    /// <summary>How its values become rows, one a box.</summary>
    public OnnxRows Rows { get; init; } = OnnxRows.ValuesLast;

    /// <summary>The first column that is meant, from 0.</summary>
    public int Start { get; init; }

    /// <summary>How many columns are; null for all that follow.</summary>
    public int? Count { get; init; }

    /// <summary>All columns of an output.</summary>
    public static implicit operator OnnxOutput(string name) => new() { Name = name };

    /// <summary>All columns of an output.</summary>
    public static OnnxOutput FromString(string name) => name;

    internal string? Problem => string.IsNullOrEmpty(Name) ? "an output has no name"
        : Start < 0 ? $"output '{Name}': Start {Start} is below 0"
        : Count is <= 0 ? $"output '{Name}': Count {Count} is not above 0"
        : null;
}

/// <summary>A map of features within a detector, [1, channels, height, width] over the whole image that it sees.</summary>
public sealed record OnnxMap
{
    /// <summary>Its name in the model: an output, or a value within.</summary>
    public string Name { get; init; } = "";

    /// <summary>Where its channels are.</summary>
    public OnnxLayout Layout { get; init; } = OnnxLayout.ChannelsFirst;

    /// <summary>A map with the channels first.</summary>
    public static implicit operator OnnxMap(string name) => new() { Name = name };

    /// <summary>A map with the channels first.</summary>
    public static OnnxMap FromString(string name) => name;
}

/// <summary>Boxes that a detector tells at the cells of a grid over the image: row after row, in each cell anchor after anchor.</summary>
public sealed record OnnxLevel
{
    /// <summary>Pixels from a cell to the next: the grid has input size / stride cells, rounded up.</summary>
    public int Stride { get; init; }

    /// <summary>Cells across, where they are not as many as <see cref="Stride"/> says.</summary>
    public int? Columns { get; init; }

    /// <summary>Cells down, where they are not as many as <see cref="Stride"/> says.</summary>
    public int? Rows { get; init; }

    /// <summary>Width and height of the anchors of each cell, in pixels of the image that the model sees; empty for one box a cell without anchor.</summary>
    public IReadOnlyList<IReadOnlyList<float>> Anchors { get; init; } = [];
}
