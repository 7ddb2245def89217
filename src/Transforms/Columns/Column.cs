using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNet.VisionLanguage.Columns;

/// <summary>What bounds the values of standard columns; zero where a component does not use the bound.</summary>
/// <param name="VocabularySize">Number of word pieces.</param>
/// <param name="MaxTokens">The longest text, in tokens.</param>
/// <param name="TokenTypes">Number of segment types.</param>
/// <param name="RegionFeatureSize">Numbers in a region's feature.</param>
/// <param name="ImageSide">Pixels on a side of the image where it is taken whole; zero where its regions are.</param>
/// <param name="PaddingWord">The word that fills texts up.</param>
/// <param name="HasBoxes">Whether an image that is taken whole comes with boxes to look at.</param>
internal sealed record ColumnLimits(
    int VocabularySize = 0, int MaxTokens = 0, int TokenTypes = 0, int RegionFeatureSize = 0, int ImageSide = 0, int PaddingWord = 0,
    bool HasBoxes = false);

/// <summary>
/// A standard column, described once: schema requirement, row check, padded buffer, graph input and ML.NET mapping all follow from here.
/// A value of a row is a list of items (tokens, regions), each of <see cref="Width"/> numbers.
/// </summary>
/// <param name="Name">The column's usual name, and the graph input's.</param>
internal abstract record Column(string Name)
{
    /// <summary>What ML.NET's name for the column starts with inside a chain; a user's column of that name would be dropped.</summary>
    public const string HelperPrefix = "__vl.";

    /// <summary>Numbers in an item, fixed or given by the model; null for single numbers, which have no axis of their own.</summary>
    public Func<ColumnLimits, int>? Width { get; init; }

    /// <summary>Whether every row has exactly one item; then there is no axis that counts items.</summary>
    public bool HasOneItem { get; init; }

    /// <summary>
    /// Whether a graph leaves the column's width open: the class of a mapping, which must know it in advance, cannot where it is the model's.
    /// </summary>
    public bool HasOpenWidth { get; init; }

    /// <summary>Type of a number.</summary>
    public abstract Type ItemType { get; }

    /// <summary>The column's name inside a chain.</summary>
    public string HelperName => HelperPrefix + Name;

    /// <summary>What a component expects of the column that is given under a name.</summary>
    public abstract ColumnRequirement Requirement(string component, string name, int width);

    /// <summary>A buffer for so many rows of so many items.</summary>
    public abstract PaddedColumn Rent(int rows, int items, int width, ColumnLimits limits);

    /// <summary>Makes a column of this kind that holds nothing, for schemas.</summary>
    public abstract IEstimator<ITransformer> Create(TransformsCatalog catalog, string name, int width);

    /// <summary>The sizes of a row's value, the whole of it when there are no items to count.</summary>
    public long[] Shape(int items, int width) => Width is null ? [items] : HasOneItem ? [width] : [items, width];
}

/// <summary>Looks at a column's values of one text or image; tells what is wrong with them, to follow "column 'X'", or null.</summary>
/// <param name="group">Under which names and limits the columns are read.</param>
/// <param name="values">The column's values.</param>
/// <param name="all">The values of all columns of the group.</param>
internal delegate string? ValueCheck<T>(InputGroup<T> group, ReadOnlySpan<T> values, ReadOnlySpan<VBuffer<T>> all)
    where T : unmanaged;

/// <inheritdoc/>
internal sealed record Column<T>(string Name) : Column(Name)
    where T : unmanaged
{
    /// <summary>Fills rows up to the longest of a batch.</summary>
    public T Padding { get; init; }

    /// <summary>The same where the model decides it.</summary>
    public Func<ColumnLimits, T>? PaddingOf { get; init; }

    /// <summary>Finds values out of range.</summary>
    public ValueCheck<T>? Check { get; init; }

    public override Type ItemType => typeof(T);

    public override ColumnRequirement Requirement(string component, string name, int width) =>
        ColumnRequirement.Vector<T>(component, name, HasOneItem ? width : null);

    public override PaddedColumn Rent(int rows, int items, int width, ColumnLimits limits) =>
        new PaddedColumn<T>(PaddingOf?.Invoke(limits) ?? Padding, [rows, .. Shape(HasOneItem ? 1 : items, width)]);

    public override IEstimator<ITransformer> Create(TransformsCatalog catalog, string name, int width) => NewColumn.Create<VBuffer<T>>(
        catalog, name, new VectorDataViewType(ItemOf(typeof(T)), HasOneItem ? width : 0));

    private static PrimitiveDataViewType ItemOf(Type type) => type == typeof(long) ? NumberDataViewType.Int64 : NumberDataViewType.Single;
}
