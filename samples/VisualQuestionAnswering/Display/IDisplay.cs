namespace MLNet.VisionLanguage.Samples.VisualQuestionAnswering.Display;

/// <summary>How the user sees what goes on.</summary>
internal interface IDisplay
{
    /// <summary>One line of news.</summary>
    void Say(string text);

    /// <summary>Does a piece of work that tells how far it is: a number up to <paramref name="total"/> and a few words.</summary>
    void Run(string title, double total, Action<Action<double, string>> work);

    /// <summary>Shows figures.</summary>
    void Table(IReadOnlyList<string> head, IEnumerable<IReadOnlyList<string>> rows);
}
