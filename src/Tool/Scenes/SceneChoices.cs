namespace MLNet.VisionLanguage.Tool.Scenes;

/// <summary>A question with texts to choose from.</summary>
/// <param name="Question">The question.</param>
/// <param name="Answers">Four answers.</param>
/// <param name="Answer">The right one's place.</param>
/// <param name="Reasons">Four reasons for it.</param>
/// <param name="Reason">The right one's place.</param>
internal sealed record SceneChoice(string Question, string[] Answers, int Answer, string[] Reasons, int Reason);

/// <summary>Makes multiple choice of questions about colours and shapes. The wrong answers and reasons are of the same kind as the right ones.</summary>
internal static class SceneChoices
{
    private const int Choices = 4;

    public static IEnumerable<SceneChoice> Write(Scene scene, IEnumerable<SceneQuestion> questions, Random random)
    {
        var reasons = SceneTexts.Existence(scene).ToList();
        string[] wrong = [.. reasons.Where(reason => !reason.Holds).Select(reason => reason.Text)];
        foreach (var question in questions)
        {
            var answers = question.Family switch
            {
                "color" => [.. Colour.All.Select(colour => colour.Name)],
                "shape" => Enum.GetValues<Shape>().Select(Names.Of).ToArray(),
                _ => [],
            };
            if (answers.Length == 0) continue;
            var right = reasons.First(reason => reason.Holds && Explains(reason.Text, question));
            var (choices, answer) = Mixed(question.Answer, answers, random);
            var (why, reason) = Mixed(right.Text, wrong, random);
            yield return new(question.Text, choices, answer, why, reason);
        }
    }

    /// <summary>A reason names the answer, and what the question names.</summary>
    private static bool Explains(string reason, SceneQuestion question)
    {
        var words = question.Text.TrimEnd('?').Split(' ').Append(question.Answer)
            .Where(word => Colour.All.Any(colour => colour.Name == word) || Enum.GetValues<Shape>().Any(shape => Names.Of(shape) == word));
        return words.All(reason.Split(' ').Contains);
    }

    private static (string[] Texts, int Right) Mixed(string right, IEnumerable<string> all, Random random)
    {
        var others = all.Where(text => text != right).ToArray();
        random.Shuffle(others);
        string[] texts = [right, .. others.Take(Choices - 1)];
        random.Shuffle(texts);
        return (texts, Array.IndexOf(texts, right));
    }
}
