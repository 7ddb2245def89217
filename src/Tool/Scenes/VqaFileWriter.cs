using System.Text.Json;

namespace MLNet.VisionLanguage.Tool.Scenes;

/// <summary>Writes questions and annotations as the VQA v2 data set has them, ten answers a question.</summary>
internal static class VqaFileWriter
{
    private const int Annotators = 10;
    private const int QuestionsPerImage = 1000;

    public static void Write(SceneSplit split, IEnumerable<(Scene Scene, IReadOnlyList<SceneQuestion> Questions)> scenes)
    {
        var rows = scenes.SelectMany(entry => entry.Questions.Select(
            (question, i) => (entry.Scene, Question: question, Id: ((long)entry.Scene.Id * QuestionsPerImage) + i))).ToList();
        WriteList(split.Questions, "questions", rows, (writer, row) =>
        {
            writer.WriteNumber("image_id", row.Scene.Id);
            writer.WriteString("image", row.Scene.FileName);
            writer.WriteString("question", row.Question.Text);
            writer.WriteNumber("question_id", row.Id);
        });
        WriteList(split.Annotations, "annotations", rows, (writer, row) =>
        {
            writer.WriteString("question_type", row.Question.Family);
            writer.WriteString("multiple_choice_answer", row.Question.Answer);
            writer.WriteStartArray("answers");
            for (var annotator = 1; annotator <= Annotators; annotator++)
            {
                writer.WriteStartObject();
                writer.WriteString("answer", row.Question.Answer);
                writer.WriteString("answer_confidence", "yes");
                writer.WriteNumber("answer_id", annotator);
                writer.WriteEndObject();
            }

            writer.WriteEndArray();
            writer.WriteNumber("image_id", row.Scene.Id);
            writer.WriteString("answer_type", row.Question.AnswerType);
            writer.WriteNumber("question_id", row.Id);
        });
    }

    private static void WriteList<T>(string path, string name, IReadOnlyList<T> rows, Action<Utf8JsonWriter, T> write)
    {
        using var stream = File.Create(path);
        using var writer = new Utf8JsonWriter(stream);
        writer.WriteStartObject();
        writer.WriteStartArray(name);
        foreach (var row in rows)
        {
            writer.WriteStartObject();
            write(writer, row);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
        writer.WriteEndObject();
    }
}
