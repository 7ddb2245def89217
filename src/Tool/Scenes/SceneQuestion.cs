namespace MLNet.VisionLanguage.Tool.Scenes;

/// <summary>A question about a scene with its only right answer.</summary>
/// <param name="Family">What the question asks for; the "question_type" of the files.</param>
/// <param name="Text">The question.</param>
/// <param name="Answer">The answer.</param>
internal sealed record SceneQuestion(string Family, string Text, string Answer)
{
    /// <summary>The answer's group in VQA v2's files.</summary>
    public string AnswerType => Answer is "yes" or "no" ? "yes/no" : char.IsAsciiDigit(Answer[0]) ? "number" : "other";
}
