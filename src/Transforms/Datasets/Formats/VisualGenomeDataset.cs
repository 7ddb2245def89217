using MLNet.VisionLanguage.Datasets;

namespace MLNet.VisionLanguage;

/// <summary>
/// The questions of Visual Genome (visualgenome.org), question_answers.json: a list of images, each with "id" and "qas" of qa_id, question
/// and answer. The single answer, normalised as VQA's are, has the score 1.
/// </summary>
public static class VisualGenomeDataset
{
    /// <summary>Opens the questions; QuestionType is a question's first word, AnswerType is empty.</summary>
    /// <param name="path">question_answers.json, or .json.gz.</param>
    /// <param name="imageFolder">The folder of the images &lt;id&gt;.jpg, or one above VG_100K and VG_100K_2; null for names alone.</param>
    /// <param name="options">Reading options.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="DirectoryNotFoundException">There is no such folder.</exception>
    public static DatasetRows<VqaExample> LoadQuestions(string path, string? imageFolder = null, DatasetOptions? options = null)
    {
        DatasetImages.Existing(path);
        var images = new DatasetImages(imageFolder, options);
        return new(JsonRowReader.Rows(path, "question_answers", "image", image => Questions(image, images)).SelectMany(rows => rows));
    }

    private static List<VqaExample> Questions(JsonRow image, DatasetImages images)
    {
        var id = image.TryGet("image_id", out _) ? image.Identifier("image_id") : image.Identifier("id");
        var rows = new List<VqaExample>();
        foreach (var question in image.Items("qas"))
        {
            var row = new VqaExample
            {
                Identifier = question.Identifier("qa_id"),
                Question = question.Text("question"),
                Answers = [VqaAnswerNormalizer.Normalize(VqaAnswerNormalizer.Clean(question.Text("answer")))],
                AnswerScores = [1],
            };
            row.QuestionType = row.Question.Split(' ', 2)[0].ToLowerInvariant();
            if (images.Name(row, id, null, question.Error)) rows.Add(row);
        }

        return rows;
    }
}
