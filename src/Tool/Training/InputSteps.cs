using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.VisionLanguage.Tool.Models;
using MLNet.VisionLanguage.Tool.Tasks;

namespace MLNet.VisionLanguage.Tool.Training;

/// <summary>From a task's rows to what its model reads.</summary>
/// <param name="FeatureFiles">Region features; empty to look at the images.</param>
/// <param name="Grid">The cells an image is cut into.</param>
/// <param name="Vocabulary">The words.</param>
/// <param name="Tokens">How texts are tokenized.</param>
internal sealed record InputSteps(
    IReadOnlyList<string> FeatureFiles, GridFeatureOptions Grid, TextVocabulary Vocabulary, TokenizeTextOptions Tokens)
{
    /// <summary>Pixels on a side of the image where the model takes it whole; 0 where it takes regions.</summary>
    public int ImageSide { get; init; }

    /// <summary>Rows with their regions, where those are in files, which stay out of the model: it is to predict about images of other files too.</summary>
    public IDataView WithRegions(MLContext context, RowSources sources, IDataView rows, int featureSize) => FeatureFiles.Count == 0
        ? rows
        : sources.Images.Aggregate(rows, (view, image) => image.Load(context, FeatureFiles, featureSize).Fit(view).Transform(view));

    /// <summary>The steps before the model, which go into its file.</summary>
    public EstimatorChain<ITransformer> Before(MLContext context, RowSources sources)
    {
        var before = new EstimatorChain<ITransformer>();
        if (FeatureFiles.Count == 0) before = sources.Images.Aggregate(before, (chain, image) => chain.Append(image.Open(context, Grid, ImageSide)));
        return sources.Texts.Aggregate(before, (chain, text) => chain.Append<ITransformer>(text.Tokenize(context, Vocabulary, Tokens)));
    }

    /// <summary>The columns that a model with these steps reads.</summary>
    public DataViewSchema Schema(RowSources sources) => FeatureFiles.Count > 0 ? InputSchema.OfRegions(sources) : InputSchema.OfImages(sources);

    /// <summary>Refuses texts with more tokens than the model takes, unless they are to be cut.</summary>
    /// <exception cref="InvalidDataException">There is one.</exception>
    public void CheckTexts(IEnumerable<RowFacts> rows, string rowsName)
    {
        if (!Tokens.Truncate) LongTexts.Refuse(rows, rowsName, Vocabulary.CreateTokenizer(Tokens.Uncased), Tokens.MaxLength);
    }
}
