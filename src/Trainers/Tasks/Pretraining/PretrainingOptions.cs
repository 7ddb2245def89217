using System.Text.Json.Serialization;
using Microsoft.ML;
using MLNet.VisionLanguage.Data;
using MLNet.VisionLanguage.Tasks.Matching;
using MLNet.VisionLanguage.Tasks.Pretraining;

namespace MLNet.VisionLanguage;

/// <summary>
/// Options of <see cref="PretrainingTrainer"/>. The defaults are those of ViLBERT's pre-training on Conceptual Captions (train_concap.py).
/// </summary>
public sealed class PretrainingOptions : LabelTrainerOptions
{
    /// <summary>The reference's optimiser, schedule and batches, in one update rule for all of the model.</summary>
    public PretrainingOptions()
    {
        Epochs = 10;
        BatchSize = 512;
        LearningRate = 1e-4;
        HeadLearningRate = null;
        CorrectBias = true;
        Beta2 = 0.98;
        Epsilon = 1e-8;
        Schedule = LearningRateSchedule.Triangle;
    }

    /// <inheritdoc cref="TrainerOptions.Scratch"/>
    public static PretrainingOptions FromScratch(VisionLanguageModel? model = null, int epochs = 20) =>
        Scratch<PretrainingOptions>(model, epochs);

    /// <summary>
    /// What ViLBERT predicts masked regions as; null takes <see cref="RegionTarget.Classes"/> when there is a
    /// <see cref="RegionClassesColumnName"/>, else <see cref="RegionTarget.Features"/>. LXMERT predicts features, and objects and attributes
    /// where their columns are named; VL-BERT classes, where their column is.
    /// </summary>
    public RegionTarget? RegionTarget { get; set; }

    /// <summary>The factor on the losses of regions (the reference's img_weight).</summary>
    public double RegionLossWeight { get; set; } = 1;

    /// <summary>
    /// Regions from which a region is told with <see cref="RegionTarget.Contrast"/>, seven tenths of them of other images (the reference's
    /// num_negative).
    /// </summary>
    public int NegativeRegions { get; set; } = 128;

    /// <summary>
    /// Whether half of the captions are replaced by one of another image, and the model learns to tell; the reference's objective 2 does
    /// not. A row whose caption is replaced has that of another training row, drawn anew in every epoch.
    /// </summary>
    public bool ReplacesCaptions { get; set; } = true;

    /// <summary>Whether words and regions are predicted only where the caption is the image's own (the reference's objective 1).</summary>
    public bool PredictsPairsOnly { get; set; }

    /// <summary>
    /// Whether FIBER does without telling the images and texts of a batch from each other by their embeddings (ITC). Then pairs are told from half
    /// as many of another row's image, in place of such as the embeddings find alike.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool SkipsContrast { get; set; }

    /// <summary>
    /// How many earlier images and texts FIBER compares a batch with besides its own, 0 for none; null takes the model's queue_size. Of images and
    /// texts only their places are kept, not themselves.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? QueueSize { get; set; }

    /// <summary>
    /// Whether that queue begins full of random vectors that are compared with as well, as the reference's does, in place of being empty.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool QueueStartsFull { get; set; }

    /// <summary>
    /// The word number of [MASK]; null takes that of the vocabulary when TokenizeText made the token ids, else VL-BERT's mask_token_id, else
    /// 103 as in BERT's, for FIBER 50264 as in RoBERTa's.
    /// </summary>
    public int? MaskTokenId { get; set; }

    /// <summary>
    /// Texts without an image, for VL-BERT: rows with the columns of token ids that the captions have, a sentence or more each. Every batch
    /// of captions goes with some of them, whose hidden words are predicted with no image to look at. Null for none.
    /// </summary>
    [JsonIgnore]
    public IDataView? Texts { get; set; }

    /// <summary>How many texts go with a batch of captions; null takes <see cref="LearningOptions.BatchSize"/>, as the reference does.</summary>
    public int? TextBatchSize { get; set; }

    /// <summary>
    /// Words of each of the texts, which sentences that follow each other make up without [CLS] and [SEP]; at most what the model takes.
    /// </summary>
    public int TextLength { get; set; } = 64;

    /// <summary>
    /// Column: the detector's probability of each class, Vector&lt;Single&gt; of N × classes numbers 0..1, for ViLBERT and VL-BERT; null
    /// for none. The head has as many classes as the first row.
    /// </summary>
    public string? RegionClassesColumnName { get; set; }

    /// <summary>
    /// Column: the detector's object of each region, Vector&lt;Int64&gt; of N numbers, -1 for none, or N keys as ExtractRegionFeatures makes
    /// them, for LXMERT; null for none.
    /// </summary>
    public string? RegionObjectsColumnName { get; set; }

    /// <summary>Column: how sure the detector is of each object, Vector&lt;Single&gt; of N numbers 0..1; goes with the objects.</summary>
    public string? RegionObjectConfidencesColumnName { get; set; }

    /// <summary>
    /// Column: the detector's attribute of each region, Vector&lt;Int64&gt; of N numbers, -1 for none, or N keys, for LXMERT; null for none.
    /// </summary>
    public string? RegionAttributesColumnName { get; set; }

    /// <summary>Column: how sure the detector is of each attribute, Vector&lt;Single&gt; of N numbers 0..1; goes with the attributes.</summary>
    public string? RegionAttributeConfidencesColumnName { get; set; }

    /// <summary>
    /// Column: the answers to a row's text where it is a question, Text, Vector&lt;Text&gt;, or a key or keys with texts as KeyValues; empty
    /// for other texts. For LXMERT, which then learns to answer as well; null for none. Of several answers one is drawn each time, by
    /// their scores.
    /// </summary>
    public string? AnswersColumnName { get; set; }

    /// <summary>Column: the score 0..1 of each answer, Vector&lt;Single&gt;; null scores every answer 1.</summary>
    public string? AnswerScoresColumnName { get; set; }

    /// <summary>
    /// The answers that are told apart, in order, as the reference's all_ans.json has them (<see cref="AnswerList.Load"/>); goes with the
    /// column. Rows find theirs in lower case, without an article and a final full stop, and with numbers as digits, as the reference does.
    /// </summary>
    public IReadOnlyList<string>? Answers { get; set; }

    /// <summary>What ViLBERT's regions are predicted as.</summary>
    internal RegionTarget Target => RegionTarget
        ?? (RegionClassesColumnName is null ? VisionLanguage.RegionTarget.Features : VisionLanguage.RegionTarget.Classes);

    /// <summary>The detector's columns that are named.</summary>
    internal IEnumerable<(DetectorPart Part, string Name)> DetectorColumns() => new[]
    {
        (DetectorPart.Classes, RegionClassesColumnName), (DetectorPart.Objects, RegionObjectsColumnName),
        (DetectorPart.ObjectConfidences, RegionObjectConfidencesColumnName), (DetectorPart.Attributes, RegionAttributesColumnName),
        (DetectorPart.AttributeConfidences, RegionAttributeConfidencesColumnName),
    }.Where(pair => pair.Item2 is not null).Select(pair => (pair.Item1, pair.Item2!));

    internal MatchingSettings ToSettings(int? regionNumbers) => Shared<MatchingSettings>() with
    {
        Model = Pretrained(regionNumbers),
        PredictedLabelColumnName = PredictedLabelColumnName,
    };

    private protected override IEnumerable<(string Option, string? Column, bool IsOptional)> LabelColumns() =>
    [
        (nameof(RegionClassesColumnName), RegionClassesColumnName, true), (nameof(RegionObjectsColumnName), RegionObjectsColumnName, true),
        (nameof(RegionObjectConfidencesColumnName), RegionObjectConfidencesColumnName, true),
        (nameof(RegionAttributesColumnName), RegionAttributesColumnName, true),
        (nameof(RegionAttributeConfidencesColumnName), RegionAttributeConfidencesColumnName, true),
        (nameof(AnswersColumnName), AnswersColumnName, true), (nameof(AnswerScoresColumnName), AnswerScoresColumnName, true),
    ];

    private protected override void ValidateTask()
    {
        if (RegionTarget is { } target) Defined(nameof(RegionTarget), target);
        AtLeast(nameof(RegionLossWeight), RegionLossWeight, 0);
        AtLeast(nameof(NegativeRegions), NegativeRegions, 4);
        AtLeast(nameof(MaskTokenId), MaskTokenId ?? 0, 0);
        AtLeast(nameof(TextBatchSize), TextBatchSize ?? 1, 1);
        AtLeast(nameof(TextLength), TextLength, 1);
        if (RegionTarget == VisionLanguage.RegionTarget.Classes && RegionClassesColumnName is null)
            throw Fail(nameof(RegionClassesColumnName), $"{nameof(RegionTarget)} Classes needs the detector's classes, and no column is named");
        Together(nameof(RegionObjectsColumnName), RegionObjectsColumnName, nameof(RegionObjectConfidencesColumnName), RegionObjectConfidencesColumnName);
        Together(
            nameof(RegionAttributesColumnName), RegionAttributesColumnName,
            nameof(RegionAttributeConfidencesColumnName), RegionAttributeConfidencesColumnName);
        if (Answers is not null) CheckNames(nameof(Answers), Answers);
        if (AnswersColumnName is null != Answers is null)
            throw Fail(AnswersColumnName is null ? nameof(AnswersColumnName) : nameof(Answers), "the column and the list of answers go together");
        AtLeast(nameof(QueueSize), QueueSize ?? 0, 0);
        if (Model.ImageSide > 0) CheckPictures();
        var parts = Model.ImageSide > 0 ? [] : PretrainingNetwork.Of(Pretrained(null), this, Target).Parts;
        foreach (var (part, _) in DetectorColumns().Where(pair => pair.Part != DetectorPart.Classes && !parts.Contains(pair.Part)))
            throw Fail($"Region{part}ColumnName", $"{Model.Title} predicts no such thing of regions");
    }

    private void CheckPictures()
    {
        (string Option, bool IsGiven)[] ofRegions =
        [
            (nameof(RegionTarget), RegionTarget is not null), (nameof(RegionClassesColumnName), RegionClassesColumnName is not null),
            (nameof(PredictsPairsOnly), PredictsPairsOnly),
        ];
        if (ofRegions.FirstOrDefault(pair => pair.IsGiven).Option is { } option)
            throw Fail(option, $"{Model.Title} takes the image whole and has no such thing");
    }

    private VisionLanguageModel Pretrained(int? regionNumbers)
    {
        var model = Model.ForPretraining(regionNumbers);
        if (Texts is not null) model = model.WithTexts() ?? throw Fail(nameof(Texts), $"{Model.Title} is pre-trained on captions of images alone");
        return Answers is null
            ? model
            : model.WithPretrainingAnswers(Answers.Count) ?? throw Fail(nameof(Answers), $"{Model.Title} answers no questions in pre-training");
    }

    private static void Together(string option, string? column, string otherOption, string? other)
    {
        if (column is null != other is null)
            throw Fail(column is null ? option : otherOption, $"it goes with {(column is null ? otherOption : option)}, and no column is named");
    }
}
