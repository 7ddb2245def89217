using System.Text.Json;

namespace MLNet.VisionLanguage.Tool.Scenes;

/// <summary>Writes questions and annotations as the VQA v2 data set has them, ten answers a question.</summary>
internal static class VqaFileWriter
{
    private const int Annotators = 10;
    private const int QuestionsPerImage = 1000;

    private static readonly JsonSerializerOptions Names = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    public static void Write(SceneSplit split, IEnumerable<(Scene Scene, IReadOnlyList<SceneQuestion> Questions)> scenes)
    {
        var rows = scenes.SelectMany(entry => entry.Questions.Select(
            (question, i) => (entry.Scene, Question: question, Id: ((long)entry.Scene.Id * QuestionsPerImage) + i))).ToList();
        Write(split.Questions, new
        {
            Questions = rows.Select(row => new
            {
                ImageId = row.Scene.Id,
                Image = row.Scene.FileName,
                Question = row.Question.Text,
                QuestionId = row.Id,
            }),
        });
        Write(split.Annotations, new
        {
            Annotations = rows.Select(row => new
            {
                QuestionType = row.Question.Family,
                MultipleChoiceAnswer = row.Question.Answer,
                Answers = Enumerable.Range(1, Annotators).Select(i => new { row.Question.Answer, AnswerConfidence = "yes", AnswerId = i }),
                ImageId = row.Scene.Id,
                row.Question.AnswerType,
                QuestionId = row.Id,
            }),
        });
    }

    private static void Write<T>(string path, T content)
    {
        using var stream = File.Create(path);
        JsonSerializer.Serialize(stream, content, Names);
    }
}
