using MLNet.VisionLanguage.Heads;
using MLNet.VisionLanguage.Tasks.Answering;

namespace MLNet.VisionLanguage;

/// <summary>
/// Settings of <see cref="VisionLanguageCatalog.LoadCheckpoint(string, VisionLanguageModel, IReadOnlyList{string}, CheckpointOptions)"/>.
/// </summary>
public sealed class CheckpointOptions
{
    /// <summary>The classifier that answers.</summary>
    public AnswerHead Head { get; set; } = AnswerHead.Vqa;

    /// <summary>
    /// Where in a PyTorch file the weights are: the key of their dictionary, or several separated by '/'. Null looks under the usual keys;
    /// a file that holds several dictionaries of weights needs it.
    /// </summary>
    public string? StateDictionary { get; set; }

    /// <summary>
    /// The answers that the checkpoint's classifier tells apart, in its order, where they are others than the model's: the model's are found
    /// among them by their texts, in lower case, without an article and a final full stop, and with numbers as digits; one that is not
    /// among them gets zeros (airsplay/lxmert, load_lxmert_qa; its table is all_ans.json). Null when they are the model's.
    /// </summary>
    public IReadOnlyList<string>? CheckpointAnswers { get; set; }

    /// <summary>How many rows are scored at once.</summary>
    public int BatchSize { get; set; } = 32;

    /// <summary>
    /// How many rows are read ahead; those of like length are scored together. 0 for four times <see cref="BatchSize"/>.
    /// </summary>
    public int WindowSize { get; set; }

    /// <summary>Threads of one operator; 0 leaves the choice to ONNX Runtime.</summary>
    public int Threads { get; set; }

    /// <summary>
    /// Whether the model computes in int8: its file takes about 30 %, and it scores two to three times as fast where processors multiply
    /// 8 bits (VNNI, Arm's dot products). Scores change a little, also with which rows are scored together: what a layer reads is rounded
    /// to 8 bits over the whole batch. x64 processors without VNNI add two products in 16 bits, where large ones overflow.
    /// </summary>
    public bool Quantize { get; set; }

    /// <summary>
    /// The number that a ViLBERT with task_specific_tokens is told, 0 to 19 as vilbert_tasks.yml has them; null for that of <see cref="Head"/>:
    /// 1 for VQA, 15 for GQA.
    /// </summary>
    public int? TaskNumber { get; set; }

    /// <summary>
    /// Output column: how the text attends to the regions, Vector&lt;Single&gt; of tokens × regions, as the trainers'
    /// AttentionColumnName has it; null for no such column.
    /// </summary>
    public string? AttentionColumnName { get; set; }

    /// <summary>
    /// Output column: what every layer makes of the tokens, Vector&lt;Single&gt; of tokens × layers × width, as the trainers'
    /// TextStatesColumnName has it; null for no such column.
    /// </summary>
    public string? TextStatesColumnName { get; set; }

    /// <summary>Output column: the same of the regions, Vector&lt;Single&gt; of regions × layers × width; null for no such column.</summary>
    public string? RegionStatesColumnName { get; set; }
}

/// <summary>A transformer made of a reference's checkpoint.</summary>
/// <param name="Transformer">The transformer; the checkpoint is not needed any more.</param>
/// <param name="Match">
/// Which parameters of the whole model, with all heads its reference publishes, were found, are missing, are unexpected or have another
/// shape. The tensors it names can be read no more.
/// </param>
public sealed record LoadedCheckpoint<TTransformer>(TTransformer Transformer, ParameterMatch Match);

public sealed partial class VisionLanguageCatalog
{
    /// <summary>
    /// Makes the scorer of a fine-tuned model from a checkpoint of its reference (.safetensors, .bin, .pth, an index of several, a folder
    /// of the transformers library). It reads
    /// InputIds, AttentionMask, TokenTypeIds, RegionFeatures, RegionBoxes (pixels) and ImageSize, and adds Score and PredictedLabel.
    /// </summary>
    /// <param name="path">The checkpoint.</param>
    /// <param name="model">Its configuration: <see cref="ViLbertConfig.Base"/>, what <see cref="ViLbertConfig.Load"/> reads, or its like.</param>
    /// <param name="answers">
    /// The answers in the order of the classifier's outputs; <see cref="AnswerList.Load"/> reads the reference's files.
    /// </param>
    /// <param name="head">The classifier that answers.</param>
    /// <param name="batchSize">How many rows are read ahead and scored at once.</param>
    /// <param name="threads">Threads of one operator; 0 leaves the choice to ONNX Runtime.</param>
    /// <param name="quantize">See <see cref="CheckpointOptions.Quantize"/>.</param>
    /// <returns>The scorer and what was found; weights are copied one by one.</returns>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="CheckpointFormatException">The file is damaged or no checkpoint.</exception>
    /// <exception cref="CheckpointMismatchException">The checkpoint is of another architecture or size, or tells another number of answers apart.</exception>
    /// <exception cref="ArgumentException">The configuration or the list of answers is not usable.</exception>
    public LoadedCheckpoint<VisualQuestionAnsweringTransformer> LoadCheckpoint(
        string path, VisionLanguageModel model, IReadOnlyList<string> answers,
        AnswerHead head = AnswerHead.Vqa, int batchSize = 32, int threads = 0, bool quantize = false) =>
        LoadCheckpoint(
            path, model, answers, new CheckpointOptions { Head = head, BatchSize = batchSize, Threads = threads, Quantize = quantize });

    /// <summary>As the overload with named arguments.</summary>
    /// <param name="path">The checkpoint.</param>
    /// <param name="model">Its configuration.</param>
    /// <param name="answers">The answers in the order of the classifier's outputs.</param>
    /// <param name="options">The classifier and the batch size.</param>
    /// <inheritdoc cref="LoadCheckpoint(string, VisionLanguageModel, IReadOnlyList{string}, AnswerHead, int, int, bool)"/>
    public LoadedCheckpoint<VisualQuestionAnsweringTransformer> LoadCheckpoint(
        string path, VisionLanguageModel model, IReadOnlyList<string> answers, CheckpointOptions options)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(answers);
        ArgumentNullException.ThrowIfNull(options);
        model.Validate(nameof(model));
        var classifier = model.FindAnswerClassifier(options.Head);
        var picked = options.CheckpointAnswers is { } before ? new PickedAnswers(classifier.Layers.Output, before, answers) : null;
        return Load<AnswerModelSettings, VisualQuestionAnsweringTransformer>(path, options.StateDictionary, new()
        {
            Model = model,
            Head = classifier.Name,
            Answers = answers,
            BatchSize = options.BatchSize,
            WindowSize = options.WindowSize,
            Threads = options.Threads,
            AttentionColumnName = options.AttentionColumnName,
            Quantize = options.Quantize,
            TextStatesColumnName = options.TextStatesColumnName,
            RegionStatesColumnName = options.RegionStatesColumnName,
            TaskNumber = options.TaskNumber,
        }, picked);
    }

    /// <summary>The parameters of a model with its answer classifier, as its reference's checkpoints name them, in the order of use.</summary>
    /// <param name="model">The model.</param>
    /// <param name="answers">The number of answers, at least 1.</param>
    /// <param name="head">The classifier.</param>
    /// <exception cref="ArgumentException">The configuration is not usable, or has no such classifier.</exception>
    public IReadOnlyList<ParameterSpec> ListParameters(VisionLanguageModel model, int answers, AnswerHead head = AnswerHead.Vqa)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentOutOfRangeException.ThrowIfLessThan(answers, 1);
        model.Validate(nameof(model));
        return [.. new TaskNetwork(model, model.FindAnswerClassifier(head), answers).Parameters().Select(parameter => parameter.Spec)];
    }
}
