using System.Globalization;

namespace MLNet.VisionLanguage;

/// <summary>
/// The official accuracy of visual question answering (GT-Vision-Lab/VQA, vqaEval.py, the version for VQA v2): for each annotator
/// in turn the answer scores min(1, matches among the others / 3), and the mean over annotators is the question's accuracy.
/// Answers are normalised only when the annotators do not all agree.
/// </summary>
public static class VqaAccuracy
{
    /// <summary>Scores the results of a whole set of questions.</summary>
    /// <param name="annotations">What annotators answered, one record a question.</param>
    /// <param name="results">One predicted answer for each of these questions.</param>
    /// <param name="decimals">To how many decimals the percentages are rounded.</param>
    /// <exception cref="ArgumentException">There are no annotations, question numbers repeat, or the results are for other questions.</exception>
    public static VqaMetrics Evaluate(IEnumerable<VqaAnnotation> annotations, IEnumerable<VqaResult> results, int decimals = 2)
    {
        ArgumentNullException.ThrowIfNull(annotations);
        ArgumentNullException.ThrowIfNull(results);
        ArgumentOutOfRangeException.ThrowIfNegative(decimals);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(decimals, 15);
        var truth = annotations as IReadOnlyList<VqaAnnotation> ?? annotations.ToList();
        if (truth.Count == 0) throw new ArgumentException("There are no annotations to evaluate against.", nameof(annotations));
        var predicted = ByQuestion(results);
        CheckSameQuestions(truth, predicted);
        return Average(truth.Select(annotation => (
            annotation.QuestionId, annotation.AnswerType, annotation.QuestionType, Score(predicted[annotation.QuestionId], annotation.Answers))), decimals);
    }

    /// <summary>
    /// Scores results by the scores that the questions give their answers (airsplay/lxmert, VQAEvaluator and GQAEvaluator): the mean over the
    /// results, an answer that a question does not have being worth nothing. Questions without a result do not count.
    /// </summary>
    /// <param name="questions">The questions with Answers and AnswerScores.</param>
    /// <param name="results">The predicted answers.</param>
    /// <param name="decimals">To how many decimals the percentages are rounded.</param>
    /// <exception cref="ArgumentException">There are no results, they repeat a question, or are for a question that is not there.</exception>
    public static VqaMetrics EvaluateScored(IEnumerable<VqaExample> questions, IEnumerable<VqaResult> results, int decimals = 2)
    {
        ArgumentNullException.ThrowIfNull(questions);
        ArgumentNullException.ThrowIfNull(results);
        var predicted = ByQuestion(results);
        var asked = questions.Where(question => predicted.ContainsKey(question.Identifier)).ToDictionary(question => question.Identifier);
        if (predicted.Count == 0) throw new ArgumentException("There are no results to evaluate.", nameof(results));
        if (predicted.Keys.Where(id => !asked.ContainsKey(id)).ToList() is { Count: > 0 } unknown)
            throw new ArgumentException($"{unknown.Count} results are for questions that are not there; the first is {unknown[0]}.", nameof(results));
        return Average(asked.Values.Select(question => (
            question.Identifier, question.AnswerType, question.QuestionType, question.ScoreOf(predicted[question.Identifier]))), decimals);
    }

    private static VqaMetrics Average(IEnumerable<(Identifier Question, string AnswerType, string QuestionType, double Accuracy)> scores, int decimals)
    {
        var overall = new Mean();
        var byAnswerType = new Dictionary<string, Mean>(StringComparer.Ordinal);
        var byQuestionType = new Dictionary<string, Mean>(StringComparer.Ordinal);
        var byQuestion = new Dictionary<Identifier, double>();
        foreach (var (question, answerType, questionType, accuracy) in scores)
        {
            overall.Add(accuracy);
            Of(byAnswerType, answerType).Add(accuracy);
            Of(byQuestionType, questionType).Add(accuracy);
            byQuestion[question] = Round(100 * accuracy, decimals);
        }

        return new VqaMetrics(
            Round(overall.Percent, decimals),
            byAnswerType.ToDictionary(p => p.Key, p => Round(p.Value.Percent, decimals)),
            byQuestionType.ToDictionary(p => p.Key, p => Round(p.Value.Percent, decimals)),
            byQuestion);
    }

    /// <summary>The accuracy of one answer, 0..1 and not rounded.</summary>
    /// <param name="predicted">The predicted answer.</param>
    /// <param name="answers">The annotators' answers.</param>
    /// <exception cref="ArgumentException">There are no answers.</exception>
    public static double Score(string predicted, IReadOnlyList<VqaHumanAnswer> answers)
    {
        ArgumentNullException.ThrowIfNull(predicted);
        ArgumentNullException.ThrowIfNull(answers);
        if (answers.Count == 0) throw new ArgumentException("The question has no annotators' answers.", nameof(answers));
        var answer = VqaAnswerNormalizer.Clean(predicted);
        var truth = answers.Select(a => a with { Answer = VqaAnswerNormalizer.Clean(a.Answer) }).ToArray();
        if (truth.Select(t => t.Answer).Distinct(StringComparer.Ordinal).Skip(1).Any())
        {
            answer = VqaAnswerNormalizer.Normalize(answer);
            truth = Array.ConvertAll(truth, t => t with { Answer = VqaAnswerNormalizer.Normalize(t.Answer) });
        }

        var sum = 0.0;
        foreach (var left in truth)
        {
            // The reference leaves out every record that equals this one in all its fields, not just this one.
            var matches = truth.Count(other => other.Answer == answer && other != left);
            sum += Math.Min(1, matches / 3.0);
        }

        return sum / truth.Length;
    }

    /// <summary>
    /// Rounds as Python's round does: on the exact value of the double, ties to even. Math.Round scales first and so turns
    /// 1.115 (really 1.11499...) into 1.12.
    /// </summary>
    internal static double Round(double value, int decimals)
    {
        // Only multiples of a power of two can be exact ties; decimal holds those of this size exactly.
        if (Math.Abs(value) < 1e6 && value * 1024 == Math.Floor(value * 1024))
            return (double)Math.Round((decimal)value, decimals, MidpointRounding.ToEven);
        var digits = value.ToString(string.Create(CultureInfo.InvariantCulture, $"F{decimals}"), CultureInfo.InvariantCulture);
        return double.Parse(digits, CultureInfo.InvariantCulture);
    }

    private static Dictionary<Identifier, string> ByQuestion(IEnumerable<VqaResult> results)
    {
        var predicted = new Dictionary<Identifier, string>();
        var twice = new List<Identifier>();
        foreach (var result in results)
        {
            if (!predicted.TryAdd(result.QuestionId, result.Answer)) twice.Add(result.QuestionId);
        }

        return twice.Count == 0
            ? predicted
            : throw new ArgumentException($"{twice.Count} results repeat a question id; the first is {twice[0]}.", nameof(results));
    }

    private static void CheckSameQuestions(IReadOnlyList<VqaAnnotation> truth, Dictionary<Identifier, string> predicted)
    {
        var asked = new HashSet<Identifier>(truth.Count);
        foreach (var annotation in truth)
        {
            if (!asked.Add(annotation.QuestionId))
                throw new ArgumentException($"Question {annotation.QuestionId} is annotated twice.", "annotations");
        }

        var unanswered = truth.Where(t => !predicted.ContainsKey(t.QuestionId)).Select(t => t.QuestionId).ToList();
        if (unanswered.Count > 0)
            throw new ArgumentException($"{unanswered.Count} of {truth.Count} annotated questions have no result; the first is {unanswered[0]}.", "results");
        var unknown = predicted.Keys.Where(id => !asked.Contains(id)).ToList();
        if (unknown.Count > 0)
            throw new ArgumentException($"{unknown.Count} results are for questions without annotation; the first is {unknown[0]}.", "results");
    }

    private static Mean Of(Dictionary<string, Mean> means, string key) =>
        means.TryGetValue(key, out var mean) ? mean : means[key] = new Mean();

    private sealed class Mean
    {
        private double _sum;
        private int _count;

        public double Percent => 100 * _sum / _count;

        public void Add(double value)
        {
            _sum += value;
            _count++;
        }
    }
}
