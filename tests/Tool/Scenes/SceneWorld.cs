using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.VisionLanguage.Tests.Support;
using Xunit;

namespace MLNet.VisionLanguage.Tests.Tool.Scenes;

/// <summary>A rendered data set of scenes, as each task's reader and columns see it.</summary>
internal sealed class SceneWorld
{
    private static readonly string[] Choices = ["0", "1", "2", "3"];

    private const int BytePairTokens = 700;

    private readonly MLContext _ml;
    private readonly string _folder;
    private readonly Lazy<BertVocabulary> _vocabulary;
    private readonly Lazy<BytePairVocabulary> _bytePairs;

    private SceneWorld(MLContext ml, string folder)
    {
        (_ml, _folder) = (ml, folder);
        _vocabulary = new(() => BertVocabulary.Build(Texts()));
        _bytePairs = new(() => BytePairVocabulary.Build(Texts().Distinct(), BytePairTokens));
    }

    /// <summary>Renders scenes to train on and others to measure with.</summary>
    public static SceneWorld Render(MLContext ml, TemporaryFolder folder, int scenes, int unseen, int seed = 1)
    {
        var path = folder.File("scenes");
        var rendered = ToolRun.Run(["scenes", "--output", path, "--scenes", $"{scenes}", "--val-scenes", $"{unseen}", "--seed", $"{seed}"]);
        Assert.True(rendered.Code == 0, rendered.Error);
        return new(ml, path);
    }

    public string Images => Path.Combine(_folder, "images");

    /// <summary>The nine cells of a picture as its regions, and a text.</summary>
    public IEstimator<ITransformer> OneImage(string text) => Image().Append(_ml.Transforms.TokenizeText(_vocabulary.Value, text));

    /// <summary>The vocabulary of models that take the picture whole.</summary>
    public BytePairVocabulary BytePairs => _bytePairs.Value;

    /// <summary>The picture whole.</summary>
    public IEstimator<ITransformer> WholeImage(int side) => WholeImage(nameof(ImageExample.ImagePath), "", side);

    /// <summary>The picture whole, and a text.</summary>
    public IEstimator<ITransformer> WholeImage(string text, int side) => WholeImage(side).Append(_ml.Transforms.TokenizeText(BytePairs, text));

    /// <summary>Two pictures whole, and a statement about them.</summary>
    public IEstimator<ITransformer> TwoWholeImages(int side) => WholeImage(nameof(Nlvr2Example.LeftImagePath), "Left", side)
        .Append(WholeImage(nameof(Nlvr2Example.RightImagePath), "Right", side))
        .Append(_ml.Transforms.TokenizeText(BytePairs, nameof(Nlvr2Example.Sentence)));

    /// <summary>A picture and a text with each of four others: "Question" with "Answer", "AnsweredQuestion" with "Rationale".</summary>
    public IEstimator<ITransformer> FourTexts(string first, string second)
    {
        IEstimator<ITransformer> columns = Image();
        foreach (var choice in Choices)
        {
            columns = columns.Append(_ml.Transforms.TokenizeText(
                _vocabulary.Value, first, $"{second}{choice}", inputIdsColumnName: $"InputIds{choice}",
                attentionMaskColumnName: $"AttentionMask{choice}", tokenTypeIdsColumnName: $"TokenTypeIds{choice}"));
        }

        return columns;
    }

    public VqaDataset Questions(string part) => VqaDataset.Load(File(part, "questions.json"), File(part, "annotations.json"), Images);

    public DatasetRows<EntailmentExample> Sentences(string part) => SnliVeDataset.Load(File(part, "entailment.jsonl"), Images);

    public DatasetRows<Nlvr2Example> Pairs(string part) => Nlvr2Dataset.Load(File(part, "pairs.json"), Path.Combine(_folder, "pairs"));

    public DatasetRows<VcrExample> Choosing(string part) => VcrDataset.Load(File(part, "choices.jsonl"), Images);

    public DatasetRows<CaptionExample> Captions(string part) => CocoCaptionsDataset.Load(File(part, "captions.json"), Images);

    public DatasetRows<CaptionedImage> CaptionedImages(string part) => CocoCaptionsDataset.LoadByImage(File(part, "captions.json"), imageFolder: Images);

    public DatasetRows<ReferringExample> Expressions(string part) =>
        RefCocoDataset.Load(File(part, "refs.p"), File(part, "instances.json"), imageFolder: Images);

    /// <summary>The objects of pictures: their shapes are the classes, their colours the attributes.</summary>
    public DatasetRows<DetectionExample> Objects(string part) => CocoDetectionDataset.Load(File(part, "instances.json"), imageFolder: Images);

    /// <summary>How often the most frequent answer of the training questions is right.</summary>
    public double MostFrequentAnswer()
    {
        var best = Questions("train").Examples.CountBy(row => row.Answers[0]).MaxBy(pair => pair.Value).Key;
        return Questions("val").Examples.Average(row => row.Answers[0] == best ? 1.0 : 0);
    }

    private string File(string part, string name) => Path.Combine(_folder, $"{part}_{name}");

    private IEnumerable<string> Texts() =>
    [
        .. Questions("train").Examples.Select(row => row.Question),
        .. Sentences("train").Select(row => row.Hypothesis),
        .. Pairs("train").Select(row => row.Sentence),
        .. Choosing("train").SelectMany(row => new[]
        {
            row.AnsweredQuestion, row.Answer0, row.Answer1, row.Answer2, row.Answer3, row.Rationale0, row.Rationale1, row.Rationale2, row.Rationale3,
        }),
        .. Captions("train").Select(row => row.Caption),
        .. Expressions("train").Select(row => row.Expression),
    ];

    private EstimatorChain<PreprocessImageTransformer> WholeImage(string path, string ending, int side) => _ml.Transforms.LoadImageFiles("Image" + ending, "", path)
        .Append(_ml.Transforms.PreprocessImage("PixelValues" + ending, "Image" + ending, imageSize: side));

    private EstimatorChain<ExtractGridFeaturesTransformer> Image() => _ml.Transforms.LoadImageFiles("Image", "", nameof(ImageExample.ImagePath))
        .Append(_ml.Transforms.ExtractGridFeatures("Image", new GridFeatureOptions { Grid = 3, CellSize = 8, Centered = true }));
}
