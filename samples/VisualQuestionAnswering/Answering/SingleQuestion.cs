using System.Globalization;
using MLNet.VisionLanguage.Samples.VisualQuestionAnswering.Display;

namespace MLNet.VisionLanguage.Samples.VisualQuestionAnswering.Answering;

/// <summary>One question about one picture of the user's.</summary>
internal static class SingleQuestion
{
    private const int Shown = 5;

    /// <summary>Checks the input before anything expensive starts.</summary>
    /// <exception cref="UsageException">The file is no image, or the question is empty.</exception>
    public static ImageQuestion Check(string image, string question)
    {
        if (string.IsNullOrWhiteSpace(question))
            throw new UsageException("--question is empty.");
        if (!File.Exists(image))
            throw new UsageException($"--image: there is no file '{image}'.");
        if (ImageFile.FindProblem(image) is { } problem)
            throw new UsageException($"--image: '{image}' cannot be read as an image: {problem}.");
        return new ImageQuestion { ImagePath = Path.GetFullPath(image), Question = question };
    }

    public static void Answer(string modelPath, ImageQuestion question, IDisplay display)
    {
        var answers = new Answerer(modelPath).Answer([question], Shown)[0];
        display.Say(answers[0].Answer);
        display.Table(
            ["Answer", "Probability"],
            answers.Select(answer => (IReadOnlyList<string>)
                [answer.Answer, answer.Probability.ToString("F4", CultureInfo.InvariantCulture)]));
    }
}
