using MLNet.VisionLanguage.Engine;

namespace MLNet.VisionLanguage.Models;

/// <summary>How the probability of a text of several tokens follows from its tokens'.</summary>
internal enum TokenScore
{
    /// <summary>Their mean, which all published configurations take.</summary>
    Mean,

    /// <summary>The largest.</summary>
    Max,

    /// <summary>Their geometric mean ("POWER").</summary>
    Power,
}

/// <summary>From tokens to texts (fine_grained/maskrcnn_benchmark/modeling/rpn/inference.py, convert_grounding_to_od_logits).</summary>
internal static class TokenScores
{
    /// <summary>What a probability is at least when its logarithm is taken.</summary>
    private const float Least = 1e-37f;

    /// <summary>The probability of each text; 0 for one without tokens.</summary>
    /// <param name="engine">The engine.</param>
    /// <param name="tokens">Probabilities, [..., places, tokens].</param>
    /// <param name="texts">1 for a token of the text, 0 for another, floats [texts, tokens].</param>
    /// <param name="score">How.</param>
    /// <returns>[..., places, texts].</returns>
    public static T Of<T>(IRegionEngine<T> engine, T tokens, T texts, TokenScore score = TokenScore.Mean)
        where T : class
    {
        var count = engine.Sum(texts, 1, keepAxis: true);
        var shares = engine.Transpose(engine.Divide(texts, engine.Maximum(count, engine.Constant([1f], 1))), 1, 0);
        switch (score)
        {
            case TokenScore.Mean:
                return engine.MatMul(tokens, shares);
            case TokenScore.Max:
                return engine.MaxAlong(engine.Multiply(engine.Unsqueeze(tokens, -2), texts), -1);
            case TokenScore.Power:
                var logarithms = engine.Log(engine.Maximum(tokens, engine.Constant([Least], 1)));
                var has = engine.Transpose(engine.Above(count, 0), 1, 0);
                return engine.Multiply(engine.Exp(engine.MatMul(logarithms, shares)), has);
            default:
                throw new ArgumentOutOfRangeException(nameof(score), score, null);
        }
    }
}
