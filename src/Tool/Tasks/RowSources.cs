using Microsoft.ML;

namespace MLNet.VisionLanguage.Tool.Tasks;

/// <summary>What of its rows a model reads.</summary>
/// <param name="Texts">The texts, which are tokenized.</param>
/// <param name="Images">The images.</param>
internal sealed record RowSources(IReadOnlyList<TextSource> Texts, IReadOnlyList<ImageSource> Images);

/// <summary>A text of a row: the columns it is in, and what the names of the columns made of it end with.</summary>
internal sealed record TextSource(string Column, string? PairColumn = null, string Ending = "")
{
    /// <summary>The column of the object that each word of the text names; null where the model is not told.</summary>
    public string? TagsColumn { get; init; }

    /// <summary>The same of the second text.</summary>
    public string? PairTagsColumn { get; init; }

    /// <summary>The step that makes token ids of it.</summary>
    public TokenizeTextEstimator Tokenize(MLContext context, TextVocabulary vocabulary, TokenizeTextOptions options) =>
        context.Transforms.TokenizeText(vocabulary, Column, PairColumn, new TokenizeTextOptions
        {
            MaxLength = options.MaxLength,
            Truncate = options.Truncate,
            Uncased = options.Uncased,
            InputIdsColumnName = options.InputIdsColumnName + Ending,
            AttentionMaskColumnName = options.AttentionMaskColumnName + Ending,
            TokenTypeIdsColumnName = options.TokenTypeIdsColumnName + Ending,
            TagsColumnName = TagsColumn,
            PairTagsColumnName = PairTagsColumn,
            RegionTagsColumnName = options.RegionTagsColumnName + Ending,
        });
}

/// <summary>An image of a row: the columns that name it, and what the names of the columns made of it end with.</summary>
internal sealed record ImageSource(
    string PathColumn = nameof(VqaExample.ImagePath), string IdColumn = nameof(VqaExample.ImageId), string Ending = "")
{
    /// <summary>The column of the boxes that are the regions of an image file, in place of a grid's cells; null for the cells.</summary>
    public string? BoxesColumn { get; init; }

    /// <summary>Whether these boxes are the regions where features come from files, too.</summary>
    public bool ChoosesBoxes { get; init; }

    /// <summary>The columns to make of what a detector says of regions from files; null for none.</summary>
    public DetectedColumns? Detected { get; init; }

    /// <summary>The steps that look at its file.</summary>
    /// <param name="context">The context.</param>
    /// <param name="grid">The cells it is cut into.</param>
    /// <param name="imageSide">Pixels on a side where the model takes the image whole; 0 where it takes cells.</param>
    public IEstimator<ITransformer> Open(MLContext context, GridFeatureOptions grid, int imageSide = 0) => imageSide > 0
        ? context.Transforms.LoadImageFiles("Image" + Ending, "", PathColumn, Reading())
            .Append(context.Transforms.PreprocessImage("PixelValues" + Ending, "Image" + Ending, imageSide))
        : context.Transforms.LoadImageFiles("Image" + Ending, "", PathColumn, Reading())
            .Append(context.Transforms.ExtractGridFeatures("Image" + Ending, new GridFeatureOptions
            {
                Grid = BoxesColumn is null ? grid.Grid : 0,
                CoarseGrid = BoxesColumn is null ? grid.CoarseGrid : null,
                BoxesColumnName = BoxesColumn,
                CellSize = grid.CellSize,
                Centered = grid.Centered,
                Backbone = BoxesColumn is null ? grid.Backbone : GridBackbone.Pixels,
                BackboneLayer = grid.BackboneLayer,
                RegionFeaturesColumnName = grid.RegionFeaturesColumnName + Ending,
                RegionBoxesColumnName = grid.RegionBoxesColumnName + Ending,
                ImageSizeColumnName = grid.ImageSizeColumnName + Ending,
            }));

    /// <summary>A data set's boxes are in the pixels of the files, so a picture with boxes is not shrunk.</summary>
    private LoadImageFilesOptions Reading()
    {
        var options = new LoadImageFilesOptions();
        if (BoxesColumn is not null) options.ShrinkAbove = null;
        return options;
    }

    /// <summary>The step that reads its regions from files.</summary>
    public IEstimator<ITransformer> Load(MLContext context, IReadOnlyList<string> files, int featureSize)
    {
        var usual = new LoadRegionFeaturesOptions();
        var load = context.Transforms.LoadRegionFeatures(files, IdColumn, new LoadRegionFeaturesOptions
        {
            FeatureSize = featureSize,
            RegionFeaturesColumnName = usual.RegionFeaturesColumnName + Ending,
            RegionBoxesColumnName = usual.RegionBoxesColumnName + Ending,
            ImageSizeColumnName = usual.ImageSizeColumnName + Ending,
            RegionObjectsColumnName = Detected?.Objects,
            RegionObjectConfidencesColumnName = Detected?.ObjectConfidences,
            RegionAttributesColumnName = Detected?.Attributes,
            RegionAttributeConfidencesColumnName = Detected?.AttributeConfidences,
        });
        return ChoosesBoxes ? load.Append(ChosenRegions.Mapping(context, BoxesColumn!)) : load;
    }
}

/// <summary>The columns of what a detector says of regions; null for those that are not wanted.</summary>
internal sealed record DetectedColumns(string? Objects, string? ObjectConfidences, string? Attributes, string? AttributeConfidences);

/// <summary>A text as the verbs see it.</summary>
/// <param name="Text">Its words.</param>
/// <param name="Pair">The second text that follows it, or null.</param>
internal sealed record TextFacts(string Text, string? Pair = null);

/// <summary>An image as the verbs see it.</summary>
/// <param name="Path">Its file; empty when it has none.</param>
/// <param name="Id">The image as files of region features name it.</param>
internal sealed record ImageFacts(string Path, string Id)
{
    public string Name => Path.Length > 0 ? Path : Id;
}

/// <summary>A row as the verbs see it.</summary>
/// <param name="Name">What errors call it, such as "question 7".</param>
/// <param name="Texts">Its texts, whose words make the vocabulary, as <see cref="ToolTask.Texts"/>.</param>
/// <param name="Images">Its images, as <see cref="ToolTask.Images"/>.</param>
internal sealed record RowFacts(string Name, IReadOnlyList<TextFacts> Texts, IReadOnlyList<ImageFacts> Images)
{
    /// <summary>A row of one text and one image.</summary>
    public RowFacts(string name, string text, string imagePath, string imageId)
        : this(name, [new(text)], [new(imagePath, imageId)])
    {
    }

    /// <summary>All texts, each once.</summary>
    public IEnumerable<string> Words => Texts.SelectMany(text => new[] { text.Text, text.Pair }).OfType<string>().Distinct(StringComparer.Ordinal);
}
