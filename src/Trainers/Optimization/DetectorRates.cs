namespace MLNet.VisionLanguage.Optimization;

/// <summary>
/// The rates of a detector's parameters by their names (fine_grained/maskrcnn_benchmark/solver/build.py, make_optimizer): the text's tower has
/// a rate of its own, what is called a bias learns twice as fast and is not decayed.
/// </summary>
/// <param name="LearningRate">Of everything else.</param>
/// <param name="TextLearningRate">Of the text's tower.</param>
/// <param name="WeightDecay">Of what is no bias, LayerNorms' factors included.</param>
internal sealed record DetectorRates(double LearningRate, double TextLearningRate, double WeightDecay)
{
    /// <summary>A table of position biases counts as a bias, as do the head's own for words.</summary>
    public (double Rate, double Decay) Of(string name)
    {
        var rate = name.Contains("language_backbone", StringComparison.Ordinal) ? TextLearningRate : LearningRate;
        return name.Contains("bias", StringComparison.Ordinal) ? (2 * rate, 0) : (rate, WeightDecay);
    }
}
