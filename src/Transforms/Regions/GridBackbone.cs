namespace MLNet.VisionLanguage;

/// <summary>What makes a feature of a grid's cell.</summary>
public enum GridBackbone
{
    /// <summary>Its pixels, averaged down.</summary>
    Pixels,

    /// <summary>
    /// The ResNet-18 of ML.NET's package Microsoft.ML.DnnImageFeaturizer.ResNet18, which was trained on ImageNet: its last map, 512 values a cell, or
    /// the one before, 256 values. A program that extracts references the package; a saved model has the network in it.
    /// </summary>
    ResNet18,
}
