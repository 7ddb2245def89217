using MLNet.VisionLanguage.Columns;
using MLNet.VisionLanguage.Heads;
using MLNet.VisionLanguage.Tasks;
using MLNet.VisionLanguage.Tasks.Captioning;
using MLNet.VisionLanguage.Tasks.Choosing;
using MLNet.VisionLanguage.Tasks.Entailment;
using MLNet.VisionLanguage.Tasks.Matching;
using MLNet.VisionLanguage.Tasks.Reasoning;
using MLNet.VisionLanguage.Tasks.Referring;
using MLNet.VisionLanguage.Tasks.Retrieval;

namespace MLNet.VisionLanguage;

public sealed partial class VisionLanguageCatalog
{
    /// <summary>
    /// Makes the scorer of visual entailment from a checkpoint (.safetensors, .bin, .pth, an index of several), of ViLBERT's reference or one
    /// that <see cref="TaskTransformer.SaveWeights"/> wrote.
    /// </summary>
    /// <param name="path">The checkpoint.</param>
    /// <param name="model">Its configuration: <see cref="ViLbertConfig.Base"/>, what <see cref="ViLbertConfig.Load"/> reads, or its like.</param>
    /// <param name="classes">The classes in the order of the classifier's outputs; null takes contradiction, neutral, entailment.</param>
    /// <param name="stateDictionary">See <see cref="CheckpointOptions.StateDictionary"/>.</param>
    /// <param name="batchSize">How many rows are read ahead and scored at once.</param>
    /// <param name="threads">Threads of one operator; 0 leaves the choice to ONNX Runtime.</param>
    /// <param name="taskNumber">The number of the task for a ViLBERT with task_specific_tokens; null for the classifier's usual one.</param>
    /// <param name="quantize">See <see cref="CheckpointOptions.Quantize"/>.</param>
    /// <returns>The scorer and what was found; weights are copied one by one.</returns>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="CheckpointFormatException">The file is damaged or no checkpoint.</exception>
    /// <exception cref="CheckpointMismatchException">The checkpoint is of another architecture or size, or has not this task's classifier.</exception>
    /// <exception cref="ArgumentException">The configuration or a list of names is not usable.</exception>
    public LoadedCheckpoint<VisualEntailmentTransformer> LoadVisualEntailment(
        string path, VisionLanguageModel model, IReadOnlyList<string>? classes = null, string? stateDictionary = null, int batchSize = 32,
        int threads = 0, int? taskNumber = null, bool quantize = false) => Load<EntailmentSettings, VisualEntailmentTransformer>(path, stateDictionary, new()
        {
            Model = model,
            Classes = classes ?? EntailmentSettings.References,
            BatchSize = batchSize,
            Threads = threads,
            TaskNumber = taskNumber,
            Quantize = quantize,
        });

    /// <summary>As <see cref="LoadVisualEntailment"/>, of visual reasoning; of ViLBERT's or LXMERT's reference.</summary>
    /// <param name="path">The checkpoint.</param>
    /// <param name="model">Its configuration.</param>
    /// <param name="images">What the names of each image's columns end with; null takes Left and Right.</param>
    /// <param name="stateDictionary">See <see cref="CheckpointOptions.StateDictionary"/>.</param>
    /// <param name="batchSize">How many rows are read ahead and scored at once.</param>
    /// <param name="threads">Threads of one operator; 0 leaves the choice to ONNX Runtime.</param>
    /// <param name="taskNumber">The number of the task for a ViLBERT with task_specific_tokens; null for the classifier's usual one.</param>
    /// <param name="quantize">See <see cref="CheckpointOptions.Quantize"/>.</param>
    /// <inheritdoc cref="LoadVisualEntailment" path="/exception"/>
    public LoadedCheckpoint<VisualReasoningTransformer> LoadVisualReasoning(
        string path, VisionLanguageModel model, IReadOnlyList<string>? images = null, string? stateDictionary = null, int batchSize = 32,
        int threads = 0, int? taskNumber = null, bool quantize = false) => Load<ReasoningSettings, VisualReasoningTransformer>(path, stateDictionary, new()
        {
            Model = model,
            Images = images ?? ReasoningSettings.References,
            BatchSize = batchSize,
            Threads = threads,
            TaskNumber = taskNumber,
            Quantize = quantize,
        });

    /// <summary>As <see cref="LoadVisualEntailment"/>, of multiple choice; of ViLBERT's or VL-BERT's reference.</summary>
    /// <param name="path">The checkpoint.</param>
    /// <param name="model">Its configuration; one of VL-BERT has a pooler (with_pooler) for VCR's checkpoints.</param>
    /// <param name="choices">What the choices are called, and what the names of each one's columns end with; null takes 0 to 3.</param>
    /// <param name="stateDictionary">See <see cref="CheckpointOptions.StateDictionary"/>.</param>
    /// <param name="batchSize">How many rows are read ahead and scored at once.</param>
    /// <param name="threads">Threads of one operator; 0 leaves the choice to ONNX Runtime.</param>
    /// <param name="regionTagsColumnName">See MultipleChoiceOptions.RegionTagsColumnName; null for none.</param>
    /// <param name="taskNumber">The number of the task for a ViLBERT with task_specific_tokens; null for the classifier's usual one.</param>
    /// <param name="quantize">See <see cref="CheckpointOptions.Quantize"/>.</param>
    /// <inheritdoc cref="LoadVisualEntailment" path="/exception"/>
    public LoadedCheckpoint<MultipleChoiceTransformer> LoadMultipleChoice(
        string path, VisionLanguageModel model, IReadOnlyList<string>? choices = null, string? stateDictionary = null, int batchSize = 32,
        int threads = 0, string? regionTagsColumnName = null, int? taskNumber = null, bool quantize = false) =>
        Load<ChoiceSettings, MultipleChoiceTransformer>(path, stateDictionary, new()
        {
            Model = model,
            Columns = regionTagsColumnName is null ? [] : new() { [StandardColumns.RegionTags] = regionTagsColumnName },
            Choices = choices ?? ChoiceSettings.References,
            BatchSize = batchSize,
            Threads = threads,
            TaskNumber = taskNumber,
            Quantize = quantize,
        });

    /// <summary>As <see cref="LoadVisualEntailment"/>, of referring expressions; of ViLBERT's or VL-BERT's reference.</summary>
    /// <param name="path">The checkpoint.</param>
    /// <param name="model">Its configuration.</param>
    /// <param name="stateDictionary">See <see cref="CheckpointOptions.StateDictionary"/>.</param>
    /// <param name="batchSize">How many rows are read ahead and scored at once.</param>
    /// <param name="threads">Threads of one operator; 0 leaves the choice to ONNX Runtime.</param>
    /// <param name="taskNumber">The number of the task for a ViLBERT with task_specific_tokens; null for the classifier's usual one.</param>
    /// <param name="quantize">See <see cref="CheckpointOptions.Quantize"/>.</param>
    /// <inheritdoc cref="LoadVisualEntailment" path="/exception"/>
    public LoadedCheckpoint<ReferringExpressionsTransformer> LoadReferringExpressions(
        string path, VisionLanguageModel model, string? stateDictionary = null, int batchSize = 32,
        int threads = 0, int? taskNumber = null, bool quantize = false) =>
        Load<ReferringSettings, ReferringExpressionsTransformer>(
            path, stateDictionary, new() { Model = model, BatchSize = batchSize, Threads = threads, TaskNumber = taskNumber, Quantize = quantize });

    /// <summary>
    /// As <see cref="LoadVisualEntailment"/>, of retrieval; of ViLBERT's reference as it was trained for it (vil_logit), or of LXMERT's
    /// pre-training (cls.seq_relationship).
    /// </summary>
    /// <param name="path">The checkpoint.</param>
    /// <param name="model">Its configuration.</param>
    /// <param name="stateDictionary">See <see cref="CheckpointOptions.StateDictionary"/>.</param>
    /// <param name="batchSize">How many rows are read ahead and scored at once.</param>
    /// <param name="threads">Threads of one operator; 0 leaves the choice to ONNX Runtime.</param>
    /// <param name="taskNumber">The number of the task for a ViLBERT with task_specific_tokens; null for the classifier's usual one.</param>
    /// <param name="quantize">See <see cref="CheckpointOptions.Quantize"/>.</param>
    /// <inheritdoc cref="LoadVisualEntailment" path="/exception"/>
    public LoadedCheckpoint<ImageTextRetrievalTransformer> LoadImageTextRetrieval(
        string path, VisionLanguageModel model, string? stateDictionary = null, int batchSize = 32,
        int threads = 0, int? taskNumber = null, bool quantize = false) =>
        Load<RetrievalSettings, ImageTextRetrievalTransformer>(
            path, stateDictionary, new() { Model = model, BatchSize = batchSize, Threads = threads, TaskNumber = taskNumber, Quantize = quantize });

    /// <summary>
    /// As <see cref="LoadVisualEntailment"/>, of whether a text and an image belong together, from a checkpoint of pre-training with all its heads.
    /// </summary>
    /// <param name="path">The checkpoint.</param>
    /// <param name="model">Its configuration; one of VL-BERT has a pooler (with_pooler).</param>
    /// <param name="stateDictionary">See <see cref="CheckpointOptions.StateDictionary"/>.</param>
    /// <param name="batchSize">How many rows are read ahead and scored at once.</param>
    /// <param name="threads">Threads of one operator; 0 leaves the choice to ONNX Runtime.</param>
    /// <param name="quantize">See <see cref="CheckpointOptions.Quantize"/>.</param>
    /// <inheritdoc cref="LoadVisualEntailment" path="/exception"/>
    public LoadedCheckpoint<ImageTextMatchingTransformer> LoadImageTextMatching(
        string path, VisionLanguageModel model, string? stateDictionary = null, int batchSize = 32, int threads = 0,
        bool quantize = false) =>
        Load<MatchingSettings, ImageTextMatchingTransformer>(
            path, stateDictionary, new() { Model = model, BatchSize = batchSize, Threads = threads, Quantize = quantize });

    /// <summary>As <see cref="LoadVisualEntailment"/>, of captions, from a checkpoint of FIBER that was trained to write them.</summary>
    /// <param name="path">The checkpoint.</param>
    /// <param name="model">Its configuration; FIBER's, in the image size of the pictures.</param>
    /// <param name="vocabulary">The vocabulary that its texts were made tokens with.</param>
    /// <param name="beams">How many beginnings of a caption are kept at each word; 1 takes the likeliest word each time.</param>
    /// <param name="maxLength">The longest caption, in tokens.</param>
    /// <param name="ranksAsReference">
    /// Whether beams take each other's places as in the reference, whose captions depend on what else is in a batch; see the documentation of
    /// <see cref="ImageCaptioningTransformer"/>.
    /// </param>
    /// <param name="stateDictionary">See <see cref="CheckpointOptions.StateDictionary"/>.</param>
    /// <param name="batchSize">How many rows are read ahead and scored at once.</param>
    /// <param name="threads">Threads of one operator; 0 leaves the choice to ONNX Runtime.</param>
    /// <inheritdoc cref="LoadVisualEntailment" path="/exception"/>
    public LoadedCheckpoint<ImageCaptioningTransformer> LoadImageCaptioning(
        string path, VisionLanguageModel model, TextVocabulary vocabulary, int beams = 5, int maxLength = 20, bool ranksAsReference = false,
        string? stateDictionary = null, int batchSize = 8, int threads = 0)
    {
        ArgumentNullException.ThrowIfNull(vocabulary);
        return Load<CaptionSettings, ImageCaptioningTransformer>(path, stateDictionary, new()
        {
            Model = model,
            Words = CaptionVocabulary.Of(vocabulary),
            Beams = beams,
            MaxLength = maxLength,
            RanksAsReference = ranksAsReference,
            BatchSize = batchSize,
            Threads = threads,
        });
    }

    private LoadedCheckpoint<TTransformer> Load<TSettings, TTransformer>(string path, string? stateDictionary, TSettings settings, PickedAnswers? picked = null)
        where TSettings : TaskSettings<TSettings, TTransformer>, new()
        where TTransformer : TaskTransformer
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentNullException.ThrowIfNull(settings.Model);
        settings.Validate();
        using var checkpoint = Checkpoint.Open(path, stateDictionary);
        var network = settings.ToNetwork();
        if (picked is not null) network = network with { Head = network.Head.WithClasses(picked.Before.Count) };
        var match = CheckpointMatcher.Match(checkpoint, network);
        CheckpointMatcher.Require(checkpoint, match, network);
        return new(settings.Create(Context, picked?.Pick(checkpoint.Path, match) ?? match.Source), match);
    }
}
