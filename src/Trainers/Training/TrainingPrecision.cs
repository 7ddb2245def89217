namespace MLNet.VisionLanguage;

/// <summary>In which numbers a trainer multiplies matrices. Parameters, gradients and updates are float32 either way.</summary>
public enum TrainingPrecision
{
    /// <summary>32 bits.</summary>
    Float32,

    /// <summary>
    /// bfloat16, of 8 significant bits, with sums in float32; LayerNorms, softmaxes and losses stay float32. Faster where processors multiply
    /// such numbers (AVX-512 BF16, AMX, Arm's BF16, GPUs); elsewhere it is imitated and slower.
    /// </summary>
    BFloat16,
}
