namespace MLNet.VisionLanguage.Datasets;

/// <summary>Puts answers with their labels into the order of the labels.</summary>
internal sealed class LabelledAnswers(string path)
{
    private readonly Dictionary<long, string> _answers = [];

    /// <summary>Names under which lists and dictionaries of answers lie in larger files.</summary>
    public static IReadOnlyList<string> Names { get; } = ["label2ans", "ans2label", "id2label", "label2id", "answers"];

    public void Add(string answer, long label)
    {
        if (!_answers.TryAdd(label, answer))
            throw new InvalidDataException($"{path}: label {label} stands there twice, with '{_answers[label]}' and '{answer}'.");
    }

    /// <summary>The answers 0, 1, ...: no label may be missing.</summary>
    public IReadOnlyList<string> InOrder()
    {
        var answers = new string[_answers.Count];
        for (var i = 0; i < answers.Length; i++)
        {
            answers[i] = _answers.TryGetValue(i, out var answer) ? answer
                : throw new InvalidDataException(
                    $"{path}: there are {_answers.Count} answers, but none has label {i}; labels from 0 without gaps are expected.");
        }

        return answers;
    }
}
