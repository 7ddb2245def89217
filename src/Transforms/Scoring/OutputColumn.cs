using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.VisionLanguage.Columns;
using MLNet.VisionLanguage.Onnx;
using MLNet.VisionLanguage.Persistence;

namespace MLNet.VisionLanguage.Scoring;

/// <summary>
/// A column that scoring adds, described once: the schema and its shape, the reading of batched results, and the stages of the built-in
/// chain follow from here.
/// </summary>
internal abstract class OutputColumn(string name, string graphOutput, DataViewType type)
{
    public string Name { get; } = name;

    public DataViewType Type { get; } = type;

    /// <summary>The graph's output it is made of.</summary>
    public string GraphOutput { get; } = Column.HelperPrefix + graphOutput;

    /// <summary>The texts that belong to the column, and what ML.NET calls the annotation.</summary>
    public virtual (string Kind, IReadOnlyList<string> Texts)? Names => null;

    public DataViewSchema.Annotations Annotations => Names is var (kind, texts) ? Annotate(kind, texts) : DataViewSchema.Annotations.Empty;

    /// <summary>A getter of the row that is current when it is called.</summary>
    /// <param name="current">Gives the scores and which row of them is meant.</param>
    public abstract Delegate CreateGetter(Func<(BatchScores Scores, int Row)> current);

    /// <summary>An estimator that adds a column of this kind, for schema shapes.</summary>
    public abstract IEstimator<ITransformer> Create(TransformsCatalog catalog);

    /// <summary>Adds the stages that make the column of the graph's output.</summary>
    public abstract void AddTo(StateChain chain, MLContext mlContext);

    /// <summary>Makes the graph's output what ML.NET shall see.</summary>
    public virtual void Finish(GraphBuilder graph)
    {
    }

    /// <exception cref="InvalidDataException">The model does not give what the column is made of.</exception>
    public virtual void Check(OnnxSignature model)
    {
        if (model.Outputs.All(output => output.Name != GraphOutput))
            throw new InvalidDataException($"The ONNX model gives {string.Join(", ", model.Outputs)}; '{GraphOutput}' is expected.");
    }

    private static DataViewSchema.Annotations Annotate(string kind, IReadOnlyList<string> texts)
    {
        var values = new VBuffer<ReadOnlyMemory<char>>(texts.Count, [.. texts.Select(text => text.AsMemory())]);
        var builder = new DataViewSchema.Annotations.Builder();
        ValueGetter<VBuffer<ReadOnlyMemory<char>>> getter = (ref VBuffer<ReadOnlyMemory<char>> value) => values.CopyTo(ref value);
        builder.Add(kind, new VectorDataViewType(TextDataViewType.Instance, texts.Count), getter);
        return builder.ToAnnotations();
    }
}

/// <summary>Numbers that the graph gives, as they are.</summary>
internal abstract class NumbersColumn(string name, string graphOutput, int size)
    : OutputColumn(name, graphOutput, new VectorDataViewType(NumberDataViewType.Single, size))
{
    public override Delegate CreateGetter(Func<(BatchScores Scores, int Row)> current)
    {
        return (ValueGetter<VBuffer<float>>)Get;

        void Get(ref VBuffer<float> value)
        {
            var (scores, row) = current();
            var found = Read(scores, row);
            var editor = VBufferEditor.Create(ref value, found.Length);
            found.CopyTo(editor.Values);
            value = editor.Commit();
        }
    }

    public override IEstimator<ITransformer> Create(TransformsCatalog catalog) =>
        NewColumn.Create<VBuffer<float>>(catalog, Name, Type, Names?.Kind);

    public override void AddTo(StateChain chain, MLContext mlContext) => chain.Copy(Name, GraphOutput);

    protected abstract ReadOnlySpan<float> Read(BatchScores scores, int row);
}

/// <summary>One number a name, Vector&lt;Single, N&gt; with SlotNames, of a graph output [B, N].</summary>
internal sealed class NamedScoresColumn(string name, string graphOutput, IReadOnlyList<string> names)
    : NumbersColumn(name, graphOutput, names.Count)
{
    public override (string Kind, IReadOnlyList<string> Texts)? Names => (NewColumn.SlotNames, names);

    public override void Finish(GraphBuilder graph) => graph.NameValues(GraphOutput, names);

    public override void Check(OnnxSignature model)
    {
        base.Check(model);
        var found = model.Outputs.First(output => output.Name == GraphOutput);
        if (found.Dims[^1].Size != names.Count)
            throw new InvalidDataException($"The ONNX model gives {found}; column '{Name}' has {names.Count} names.");
    }

    protected override ReadOnlySpan<float> Read(BatchScores scores, int row) => scores.Singles(GraphOutput, row);
}

/// <summary>The numbers of a vector, Vector&lt;Single, N&gt;, of a graph output [B, N].</summary>
internal sealed class EmbeddingColumn(string name, string graphOutput, int size) : NumbersColumn(name, graphOutput, size)
{
    protected override ReadOnlySpan<float> Read(BatchScores scores, int row) => scores.Singles(GraphOutput, row);
}

/// <summary>
/// So many numbers for each item (token, region) of a row's text or image, Vector&lt;Single&gt; of the row's own length, of a graph output
/// [B, items × width].
/// </summary>
/// <param name="name">The column's name.</param>
/// <param name="graphOutput">The graph's output.</param>
/// <param name="group">Which of the inputs' groups has the items.</param>
/// <param name="width">Numbers an item.</param>
internal sealed class ItemScoresColumn(string name, string graphOutput, int group, int width = 1)
    : NumbersColumn(name, graphOutput, size: 0)
{
    protected override ReadOnlySpan<float> Read(BatchScores scores, int row) =>
        scores.Singles(GraphOutput, row)[..(scores.Items(group, row) * width)];
}

/// <summary>
/// A number for each pair of an item of one group and an item of another, Vector&lt;Single&gt; of items × items, of a graph output
/// [B, items × items].
/// </summary>
/// <param name="name">The column's name.</param>
/// <param name="graphOutput">The graph's output.</param>
/// <param name="rows">The group whose items are rows.</param>
/// <param name="columns">The group whose items are columns.</param>
internal sealed class ItemPairsColumn(string name, string graphOutput, int rows, int columns) : NumbersColumn(name, graphOutput, size: 0)
{
    protected override ReadOnlySpan<float> Read(BatchScores scores, int row)
    {
        var padded = scores.Singles(GraphOutput, row);
        int width = scores.MostItems(columns, row), count = scores.Items(columns, row);
        var values = new float[scores.Items(rows, row) * count];
        for (var i = 0; i * count < values.Length; i++) padded.Slice(i * width, count).CopyTo(values.AsSpan(i * count));
        return values;
    }
}

/// <summary>The name with the largest score, a key with KeyValues. Without a score that is a number it is missing.</summary>
internal sealed class BestNameColumn(string name, string graphOutput, IReadOnlyList<string> names)
    : OutputColumn(name, graphOutput, new KeyDataViewType(typeof(uint), names.Count))
{
    public override (string Kind, IReadOnlyList<string> Texts)? Names => (NewColumn.KeyValues, names);

    public override Delegate CreateGetter(Func<(BatchScores Scores, int Row)> current) => (ValueGetter<uint>)((ref uint value) =>
    {
        var (scores, row) = current();

        // Keys count from 1; 0 is a missing one.
        value = (uint)(BestNameFactory.IndexOfBest(scores.Singles(GraphOutput, row)) + 1);
    });

    public override IEstimator<ITransformer> Create(TransformsCatalog catalog) => NewColumn.Create<uint>(catalog, Name, Type, Names?.Kind);

    public override void AddTo(StateChain chain, MLContext mlContext)
    {
        var keys = mlContext.Data.LoadFromEnumerable(names.Select(text => new KeyText { Text = text }).ToList());
        chain.State(BestNameFactory.ToState(names)).Copy(BestNameSource.ScoresColumn, GraphOutput)
            .Map<BestNameSource, BestName>(BestNameFactory.Map, BestNameFactory.Contract)
            .Append(mlContext.Transforms.Conversion.MapValueToKey(Name, BestName.NameColumn, keyData: keys));
    }

    private sealed class KeyText
    {
        public string Text { get; set; } = "";
    }
}
