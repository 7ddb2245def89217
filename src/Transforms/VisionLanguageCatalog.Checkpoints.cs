using MLNet.VisionLanguage.Checkpoints;
using MLNet.VisionLanguage.Heads;
using MLNet.VisionLanguage.Scoring;

namespace MLNet.VisionLanguage;

public sealed partial class VisionLanguageCatalog
{
    /// <summary>
    /// Makes the scorer of a fine-tuned ViLBERT from a checkpoint of the reference (VILBertForVLTasks; .safetensors, .bin, .pth). It reads
    /// InputIds, AttentionMask, TokenTypeIds, RegionFeatures, RegionBoxes (pixels) and ImageSize, and adds Score and PredictedLabel.
    /// </summary>
    /// <param name="path">The checkpoint.</param>
    /// <param name="model">Its configuration, see <see cref="ViLbertConfig.FromJson"/>.</param>
    /// <param name="answers">The answers in the order of the classifier's outputs, such as the reference's trainval_label2ans.</param>
    /// <param name="options">The classifier and the batch size.</param>
    /// <returns>The scorer; weights are copied one by one, and the checkpoint is not needed afterwards.</returns>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="CheckpointFormatException">The file is damaged or no checkpoint.</exception>
    /// <exception cref="CheckpointMismatchException">The checkpoint is of another architecture or size, or tells another number of answers apart.</exception>
    /// <exception cref="ArgumentException">The configuration or the list of answers is not usable.</exception>
    public VisualQuestionAnsweringTransformer LoadViLbertCheckpoint(
        string path, ViLbertConfig model, IReadOnlyList<string> answers, ViLbertCheckpointOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(answers);
        options ??= new ViLbertCheckpointOptions();
        model.Validate(nameof(model));
        var head = options.Head == AnswerHead.Gqa ? AnswerGraph.GqaHead : AnswerGraph.VqaHead;
        var settings = new AnswerModelSettings
        {
            Model = model,
            Head = head.Name,
            Answers = answers,
            BatchSize = options.BatchSize,
            Threads = options.Threads,
        };
        settings.Validate();
        using var checkpoint = Checkpoint.Open(path);
        var match = ViLbertCheckpoint.Match(checkpoint, model);
        options.Matched?.Invoke(match);
        ViLbertCheckpoint.Require(checkpoint, match, model, head.Name, answers.Count);
        return VisualQuestionAnsweringTransformer.Create(Context, settings, match.Source);
    }
}
