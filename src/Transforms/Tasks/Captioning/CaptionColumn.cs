using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms;
using MLNet.VisionLanguage.Columns;
using MLNet.VisionLanguage.Persistence;
using MLNet.VisionLanguage.Scoring;

namespace MLNet.VisionLanguage.Tasks.Captioning;

/// <summary>The text of tokens that the graph gives as numbers [B, steps], padded.</summary>
/// <param name="name">The column's name.</param>
/// <param name="graphOutput">The graph's output.</param>
/// <param name="words">The vocabulary.</param>
internal sealed class CaptionColumn(string name, string graphOutput, CaptionVocabulary words) : OutputColumn(name, graphOutput, TextDataViewType.Instance)
{
    private readonly Lazy<CaptionWriter> _text = new(words.ToText);

    public override Delegate CreateGetter(Func<(BatchScores Scores, int Row)> current) => (ValueGetter<ReadOnlyMemory<char>>)(
        (ref ReadOnlyMemory<char> value) =>
        {
            var (scores, row) = current();
            value = _text.Value.Of(scores.Singles(GraphOutput, row));
        });

    public override IEstimator<ITransformer> Create(TransformsCatalog catalog) =>
        NewColumn.Create<ReadOnlyMemory<char>>(catalog, Name, Type, null);

    public override void AddTo(StateChain chain, MLContext mlContext) => chain
        .State(CaptionFactory.ToState(words)).Copy(CaptionSource.TokensColumn, GraphOutput)
        .Map<CaptionSource, WrittenCaption>(CaptionFactory.Map, CaptionFactory.Contract)
        .Copy(Name, WrittenCaption.TextColumn);
}

/// <summary>A vocabulary as part of a component's state.</summary>
/// <param name="Words">The vocabulary's text.</param>
/// <param name="BytePairs">Whether it is one of byte pairs; else of word pieces.</param>
internal sealed record CaptionVocabulary(string Words, bool BytePairs)
{
    /// <summary>The state of a vocabulary.</summary>
    public static CaptionVocabulary Of(TextVocabulary vocabulary) => new(vocabulary.ToString()!, vocabulary is BytePairVocabulary);

    /// <summary>The vocabulary of the state.</summary>
    public TextVocabulary ToVocabulary() => BytePairs ? BytePairVocabulary.Parse(Words) : BertVocabulary.Parse(Words);

    /// <summary>What makes texts of tokens.</summary>
    public CaptionWriter ToText() => new(ToVocabulary().CreateTokenizer());
}

/// <summary>Makes texts of tokens.</summary>
/// <param name="tokenizer">The tokenizer whose tokens they are.</param>
internal sealed class CaptionWriter(TextTokenizer tokenizer)
{
    /// <param name="tokens">Token numbers, filled up with padding.</param>
    public ReadOnlyMemory<char> Of(ReadOnlySpan<float> tokens)
    {
        var ids = new List<int>();
        foreach (var token in tokens)
        {
            if ((int)token != tokenizer.Vocabulary.PaddingId) ids.Add((int)token);
        }

        return Text(ids).AsMemory();
    }

    /// <param name="tokens">Token numbers; special ones write nothing.</param>
    public string Of(IEnumerable<long> tokens) => Text([.. tokens.Select(token => (int)token)]);

    private string Text(IReadOnlyList<int> tokens) => tokenizer.Decode(tokens).Trim();
}

internal sealed class CaptionSource
{
    public const string TokensColumn = Column.HelperPrefix + "caption.tokens";

    [ColumnName(StateChain.StateColumn)]
    public ReadOnlyMemory<char> State { get; set; }

    [ColumnName(TokensColumn)]
    public VBuffer<float> Tokens { get; set; }
}

internal sealed class WrittenCaption
{
    public const string TextColumn = Column.HelperPrefix + "caption.text";

    [ColumnName(TextColumn)]
    public ReadOnlyMemory<char> Text { get; set; }
}

/// <summary>From tokens to a text; ML.NET finds it by its contract when it loads a model.</summary>
[CustomMappingFactoryAttribute(Contract)]
internal sealed class CaptionFactory : CustomMappingFactory<CaptionSource, WrittenCaption>
{
    public const string Contract = "MLNet.VisionLanguage.2.Caption";

    private const string Kind = "Caption";
    private const int Version = 1;

    private static readonly StateCache<CaptionWriter> States = new(state => StateText.Read<CaptionVocabulary>(state, Kind, Version).ToText());

    public static string ToState(CaptionVocabulary words) => StateText.Write(Kind, Version, words);

    public static void Map(CaptionSource source, WrittenCaption destination) =>
        destination.Text = States.Get(source.State).Of(ValueChecks.Dense(source.Tokens));

    public override Action<CaptionSource, WrittenCaption> GetMapping() => Map;
}
