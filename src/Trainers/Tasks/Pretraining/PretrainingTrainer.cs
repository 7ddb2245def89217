using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.VisionLanguage.Columns;
using MLNet.VisionLanguage.Data;
using MLNet.VisionLanguage.Engine;
using MLNet.VisionLanguage.Scoring;
using MLNet.VisionLanguage.Tasks.Pretraining;

namespace MLNet.VisionLanguage;

/// <summary>
/// Pre-trains a vision-and-language model on captions of images: hidden words and hidden regions are predicted, and captions that are
/// another image's are told from those that are not. Each model does as its reference: ViLBERT (Lu et al. 2019; train_concap.py), LXMERT
/// (Tan and Bansal 2019; src/pretrain), VL-BERT (Su et al. 2020; pretrain/modules) and FIBER (Dou et al. 2022; coarse_grained), which takes images
/// whole: it predicts hidden words, tells the images and texts of a batch from each other by embeddings, with a queue of earlier ones, and pairs
/// from such as the embeddings find alike. The trained transformer scores whether a caption and
/// an image belong together; its <see cref="TaskTransformer.SaveWeights"/> writes what every other trainer takes as its initial weights.
/// Captions, features and what a detector says lie in temporary files while training, so memory does not grow with the data.
/// </summary>
/// <remarks>
/// The score of a batch is the share of hidden words told right, averaged with the share of captions told right where some are replaced, and
/// FIBER's with the share of embeddings that are most alike to their own.
/// Initial weights may be a text model's, such as BERT's: what they lack starts fresh.
/// </remarks>
public sealed class PretrainingTrainer : TaskTrainer<ImageTextMatchingTransformer>
{
    private readonly PretrainingOptions _options;

    internal PretrainingTrainer(MLContext context, PretrainingOptions options)
        : base(context, options) => _options = options;

    /// <summary>The task of some rows; dispose it once it is trained.</summary>
    internal static PretrainingTask TaskFor(PretrainingOptions options, IDataView input)
    {
        var classes = options.RegionClassesColumnName is { } name ? ClassesOf(input, name, options.RegionBoxesColumnName) : null;
        var isClasses = options.Target == RegionTarget.Classes;
        var settings = options.ToSettings(options.Model is ViLbertConfig && !isClasses ? options.Model.RegionFeatureSize : classes);
        var network = PretrainingNetwork.Of(settings.Model, options, options.Target);
        DetectorColumn[] columns =
        [
            .. options.DetectorColumns().Where(pair => network.Parts.Contains(pair.Part)).Select(pair => new DetectorColumn(
                pair.Part, pair.Name, pair.Part == DetectorPart.Classes ? classes ?? 1 : 1, network.Most(pair.Part))),
        ];
        return new(options, settings, network, columns, MaskOf(options, input.Schema));
    }

    private protected override ImageTextMatchingTransformer Train(IDataView input, IDataView? validation)
    {
        var options = (PretrainingOptions)_options.For(input);
        if (options.Model.ImageSide > 0) return TrainOnPictures(options, input, validation);
        using var task = TaskFor(options, input);
        return Run(options, task, input, validation, Create, (parameters, row) =>
        {
            using var transformer = Create(parameters);
            transformer.Try(row);
        });

        ImageTextMatchingTransformer Create(ModelParameters parameters) => task.Settings.Create(Context, parameters.AsSource());
    }

    private ImageTextMatchingTransformer TrainOnPictures(PretrainingOptions options, IDataView input, IDataView? validation)
    {
        var task = new PicturePretrainingTask(options, options.ToSettings(null), MaskOf(options, input.Schema));
        return Run(options, task, input, validation, Create, (parameters, row) =>
        {
            using var transformer = Create(parameters);
            transformer.Try(row);
        });

        ImageTextMatchingTransformer Create(ModelParameters parameters)
        {
            PicturePretraining.ShareRank(parameters, options.Model);
            return task.Settings.Create(Context, parameters.AsSource());
        }
    }

    private protected override ScoringTask Scoring() => _options.ToSettings(null).ToTask();

    private static int MaskOf(PretrainingOptions options, DataViewSchema schema)
    {
        var told = schema.GetColumnOrNull(options.InputIdsColumnName) is { } ids ? TokenAnnotations.FindMask(ids) : null;
        var mask = options.MaskTokenId ?? told ?? options.Model.MaskWord;
        return mask < options.Model.VocabularySize
            ? mask
            : throw new ArgumentException(
                $"Option {nameof(options.MaskTokenId)}: {mask} is none of the model's {options.Model.VocabularySize} words; "
                + "give the number of [MASK] in the vocabulary.", nameof(options));
    }

    /// <summary>Numbers of a region in the first row's column of classes; null without a row. Other types are told of when rows are read.</summary>
    private static int? ClassesOf(IDataView view, string classes, string boxes)
    {
        ColumnRequirement.Vector<float>(nameof(PretrainingTrainer), classes).Check(view.Schema);
        ColumnRequirement.Vector<float>(nameof(PretrainingTrainer), boxes).Check(view.Schema);
        using var cursor = view.GetRowCursor([view.Schema[classes], view.Schema[boxes]]);
        if (!cursor.MoveNext()) return null;
        VBuffer<float> values = default, corners = default;
        cursor.GetGetter<VBuffer<float>>(view.Schema[classes])(ref values);
        cursor.GetGetter<VBuffer<float>>(view.Schema[boxes])(ref corners);
        var regions = corners.Length / 4;
        return regions > 0 && values.Length >= regions && values.Length % regions == 0
            ? values.Length / regions
            : throw new InvalidDataException(
                $"{nameof(PretrainingTrainer)}: row 0: column '{classes}' has {values.Length} values; as many classes for each of the row's "
                + $"{regions} regions are expected.");
    }
}
