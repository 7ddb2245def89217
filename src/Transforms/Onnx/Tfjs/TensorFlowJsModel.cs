using MLNet.VisionLanguage.Onnx;

namespace MLNet.VisionLanguage;

/// <summary>Graph models of TensorFlow.js (a model.json with weights beside it), as npm packages have them.</summary>
public static class TensorFlowJsModel
{
    /// <summary>Writes the same model as ONNX: inputs and outputs keep their names, layouts and types.</summary>
    /// <param name="modelPath">The model.json; weights of 32 or 16 bits, or quantized to 8 or 16.</param>
    /// <param name="onnxPath">The .onnx file to write.</param>
    /// <param name="values">Names of nodes whose values are outputs too, such as maps of features; null for none.</param>
    /// <exception cref="FileNotFoundException">There is no such file, or none of its weights.</exception>
    /// <exception cref="InvalidDataException">It is no such model, or has an operator that is not known.</exception>
    public static void ToOnnx(string modelPath, string onnxPath, IEnumerable<string>? values = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(modelPath);
        ArgumentException.ThrowIfNullOrEmpty(onnxPath);
        TfjsConverter.Convert(TfjsModel.Read(modelPath), values ?? []).WriteTo(onnxPath);
    }
}
