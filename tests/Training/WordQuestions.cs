using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNet.VisionLanguage.Tests.Training;

/// <summary><see cref="Questions"/> whose questions are texts, for whole pipelines; every image has an id and two questions.</summary>
internal sealed class WordQuestion
{
    public string ImageId { get; set; } = "";

    public string Question { get; set; } = "";

    public float[] RegionFeatures { get; set; } = [];

    public float[] RegionBoxes { get; set; } = [];

    [VectorType(2)]
    public float[] ImageSize { get; set; } = [];

    [VectorType(DrawnRegions.Size)]
    public float[] PixelValues => DrawnRegions.Pixels(RegionFeatures, RegionBoxes, ImageSize);

    public string[] Answers { get; set; } = [];

    public float[] AnswerScores { get; set; } = [];
}

internal static class WordQuestions
{
    public static readonly string[] Texts = ["what colour is it?", "are there several things?"];

    public static List<WordQuestion> Make(int images, int seed = 1) =>
    [
        .. Questions.Make(images, seed).Select((row, i) => new WordQuestion
        {
            ImageId = $"image {seed} {i / 2}",
            Question = Texts[i % 2],
            RegionFeatures = row.RegionFeatures,
            RegionBoxes = row.RegionBoxes,
            ImageSize = row.ImageSize,
            Answers = row.Answers,
            AnswerScores = row.AnswerScores,
        }),
    ];

    public static IDataView View(MLContext ml, int images, int seed = 1) => ml.Data.LoadFromEnumerable(Make(images, seed));

    public static EstimatorChain<VisualQuestionAnsweringTransformer> Pipeline(
        MLContext ml, BertVocabulary vocabulary, VisualQuestionAnsweringOptions options, int maxLength = 128) =>
        ml.Transforms.TokenizeText(vocabulary, "Question", maxLength: maxLength)
            .Append(ml.VisionLanguage().Trainers.VisualQuestionAnswering(options));
}
