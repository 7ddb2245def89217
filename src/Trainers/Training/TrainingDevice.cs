namespace MLNet.VisionLanguage;

/// <summary>Where a trainer computes.</summary>
public enum TrainingDevice
{
    /// <summary>The first CUDA device if there is one, else the CPU.</summary>
    Auto,

    /// <summary>The CPU.</summary>
    Cpu,

    /// <summary>The first CUDA device; training fails where there is none.</summary>
    Cuda,
}
