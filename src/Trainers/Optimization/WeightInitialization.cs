namespace MLNet.VisionLanguage;

/// <summary>How fresh weights are drawn. Biases start at 0, LayerNorm gains at 1, whatever the choice.</summary>
public enum WeightInitialization
{
    /// <summary>N(0, initializer_range), as BERT and the reference models.</summary>
    Normal,

    /// <summary>Xavier uniform (Glorot and Bengio 2010): better for small models that start from nothing.</summary>
    Xavier,
}
