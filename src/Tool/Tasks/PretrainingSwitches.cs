using System.CommandLine;
using MLNet.VisionLanguage.Tool.Models;
using MLNet.VisionLanguage.Tool.Training;

namespace MLNet.VisionLanguage.Tool.Tasks;

/// <summary>What a model is to predict in pre-training, and of what.</summary>
internal sealed class PretrainingSwitches
{
    private const string Objects = "objects";
    private const string Attributes = "attributes";

    private readonly Option<RegionTarget?> _target = Options.Optional<RegionTarget?>(
        "--region-target", "What ViLBERT predicts masked regions as: features or contrast (one region among others); without, features.", "NAME");

    private readonly Option<double?> _weight =
        Options.Optional<double?>("--region-loss-weight", "The factor on the losses of regions; without, 1.", "FACTOR");

    private readonly Option<int?> _negatives = Options.Optional<int?>(
        "--negative-regions", "From how many regions one is told with --region-target contrast; without, 128.", "N");

    private readonly Option<bool> _keep = Options.Optional<bool>(
        "--keep-captions", "Leave captions with their images: what belongs together is not learnt then (the reference's objective 2).");

    private readonly Option<bool> _pairsOnly = Options.Optional<bool>(
        "--pairs-only", "Predict words and regions only where the caption is the image's own (the reference's objective 1).");

    private readonly Option<string?> _answers = Options.Optional<string?>(
        "--answers", "With --layout lxmert: the answers that LXMERT learns to tell apart (all_ans.json), of the questions among the texts.", "FILE");

    private readonly Option<string[]> _labels = Options.Several<string>(
        "--region-labels", "With --features of LXMERT's layout: what LXMERT also predicts of masked regions, objects, attributes or both.", "NAME");

    private readonly Option<bool> _skipContrast = Options.Optional<bool>(
        "--skip-contrast", "With --kind fiber: do not tell the images and texts of a batch from each other by their embeddings.");

    private readonly Option<int?> _queue = Options.Optional<int?>(
        "--queue", "With --kind fiber: how many earlier images and texts a batch is told from besides its own; without, the model's queue_size.", "N");

    private readonly TextCorpusOptions _corpus = new();

    public PretrainingSwitches()
    {
        _target.AcceptOnlyFromAmong("features", "contrast");
        _labels.AcceptOnlyFromAmong(Objects, Attributes);
    }

    public IEnumerable<Option> All => [_target, _weight, _negatives, _keep, _pairsOnly, _answers, _labels, _skipContrast, _queue, .. _corpus.All];

    /// <summary>The detector's columns that a trainer reads, which files of features are to give.</summary>
    public static DetectedColumns Detected(PretrainingOptions options) => new(
        options.RegionObjectsColumnName, options.RegionObjectConfidencesColumnName, options.RegionAttributesColumnName,
        options.RegionAttributeConfidencesColumnName);

    /// <summary>Looks at the options before anything is read.</summary>
    /// <exception cref="UsageException">Options need each other.</exception>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    public void Check(ParseResult parsed)
    {
        if (parsed.GetValue(_answers) is { } answers) CheckpointFiles.Existing(_answers.Name, answers);
        if (parsed.GetValue(_queue) is < 0 and var queue) throw new UsageException($"--queue {queue}: at least 0 is needed.");
        _corpus.Check(parsed);
    }

    /// <inheritdoc cref="TextCorpusOptions.Sentences"/>
    public IEnumerable<string> Sentences(ParseResult parsed) => _corpus.Sentences(parsed);

    public PretrainingOptions ToTrainer(ParseResult parsed)
    {
        var options = new PretrainingOptions
        {
            RegionTarget = parsed.GetValue(_target),
            ReplacesCaptions = !parsed.GetValue(_keep),
            PredictsPairsOnly = parsed.GetValue(_pairsOnly),
            SkipsContrast = parsed.GetValue(_skipContrast),
            QueueSize = parsed.GetValue(_queue),
        };
        if (parsed.GetValue(_weight) is { } weight) options.RegionLossWeight = weight;
        if (parsed.GetValue(_negatives) is { } negatives) options.NegativeRegions = negatives;
        if (parsed.GetValue(_answers) is { } answers)
        {
            (options.AnswersColumnName, options.AnswerScoresColumnName) = (nameof(CaptionPair.Answers), nameof(CaptionPair.AnswerScores));
            options.Answers = AnswerList.Load(answers);
        }

        var labels = parsed.GetValue(_labels)!;
        if (labels.Contains(Objects)) (options.RegionObjectsColumnName, options.RegionObjectConfidencesColumnName) = ("Objects", "ObjectConfidences");
        if (labels.Contains(Attributes))
            (options.RegionAttributesColumnName, options.RegionAttributeConfidencesColumnName) = ("Attributes", "AttributeConfidences");
        return options;
    }

    /// <inheritdoc cref="ToolTask{TData,TRow,TPrediction}.Complete"/>
    public void Complete(ParseResult parsed, PretrainingOptions options, InputSteps inputs, Terminal terminal)
    {
        if (parsed.GetValue(_labels)!.Length > 0 && inputs.FeatureFiles.Count == 0)
            throw new UsageException("--region-labels needs --features: files of LXMERT's layout have what a detector says of each region.");
        _corpus.Apply(parsed, options, inputs, terminal);
    }
}
