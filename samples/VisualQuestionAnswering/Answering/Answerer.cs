using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNet.VisionLanguage.Samples.VisualQuestionAnswering.Answering;

/// <summary>Answers questions with a saved model.</summary>
internal sealed class Answerer
{
    private readonly MLContext _ml = new();
    private readonly ITransformer _model;

    public Answerer(string modelPath) => _model = _ml.VisionLanguage().Load(modelPath);

    /// <summary>Each question's answers with their probabilities 0..1, best first.</summary>
    public IReadOnlyList<IReadOnlyList<AnswerProbability>> Answer(IEnumerable<ImageQuestion> questions, int best)
    {
        var scored = _model.Transform(_ml.Data.LoadFromEnumerable(questions));
        VBuffer<ReadOnlyMemory<char>> slots = default;
        scored.Schema["Score"].GetSlotNames(ref slots);
        var answers = slots.DenseValues().Select(name => name.ToString()).ToArray();
        return [.. scored.GetColumn<float[]>("Score").Select(scores => (IReadOnlyList<AnswerProbability>)
        [
            .. answers.Zip(scores, (answer, score) => new AnswerProbability(answer, score))
                .OrderByDescending(pair => pair.Probability).Take(best),
        ])];
    }
}

/// <summary>An answer and how probable the model holds it, 0..1; as several answers may be right, the sum can be above 1.</summary>
internal sealed record AnswerProbability(string Answer, float Probability);
