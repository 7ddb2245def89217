namespace MLNet.VisionLanguage;

/// <summary>The element type of a tensor in a checkpoint file.</summary>
public enum TensorElementType
{
    /// <summary>IEEE 754 binary32 (safetensors F32).</summary>
    Float32,

    /// <summary>IEEE 754 binary16 (safetensors F16).</summary>
    Float16,

    /// <summary>The upper half of a binary32 (safetensors BF16).</summary>
    BFloat16,

    /// <summary>IEEE 754 binary64 (safetensors F64).</summary>
    Float64,

    /// <summary>Signed 64-bit integer (safetensors I64).</summary>
    Int64,

    /// <summary>Signed 32-bit integer (safetensors I32).</summary>
    Int32,

    /// <summary>Signed 16-bit integer (safetensors I16).</summary>
    Int16,

    /// <summary>Signed 8-bit integer (safetensors I8).</summary>
    Int8,

    /// <summary>Unsigned 8-bit integer (safetensors U8).</summary>
    UInt8,

    /// <summary>One byte, zero or not (safetensors BOOL).</summary>
    Bool,
}
