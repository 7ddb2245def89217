using Microsoft.ML.Data;

namespace MLNet.VisionLanguage;

/// <summary>An image with the objects in it, and what a detector found.</summary>
public sealed class DetectionExample : ImageExample
{
    /// <summary>The class of each object (column Labels, Vector&lt;Text&gt;).</summary>
    [VectorType]
    public string[] Labels { get; set; } = [];

    /// <summary>The attribute of each object, empty where the files tell none (column Attributes, Vector&lt;Text&gt;).</summary>
    [VectorType]
    public string[] Attributes { get; set; } = [];

    /// <summary>Their boxes, pixels x1 y1 x2 y2 (column Boxes, Vector&lt;Single&gt; of four a box).</summary>
    [VectorType]
    public float[] Boxes { get; set; } = [];

    /// <summary>The pixels of each object (column Areas, Vector&lt;Single&gt;).</summary>
    [VectorType]
    public float[] Areas { get; set; } = [];

    /// <summary>1 for what stands for several objects or is too difficult, else 0 (column Crowd, Vector&lt;Single&gt;).</summary>
    [VectorType]
    public float[] Crowd { get; set; } = [];

    /// <summary>Classes of which the image has none, where the files tell (column NegativeLabels, Vector&lt;Text&gt;; LVIS).</summary>
    [VectorType]
    public string[] NegativeLabels { get; set; } = [];

    /// <summary>Classes of which more may be there than is marked (column OpenLabels, Vector&lt;Text&gt;; LVIS).</summary>
    [VectorType]
    public string[] OpenLabels { get; set; } = [];

    /// <summary>The image's width and height in pixels (column ImageSize, Vector&lt;Single, 2&gt;); 0 when the files do not tell.</summary>
    [VectorType(2)]
    public float[] ImageSize { get; set; } = [0, 0];

    /// <summary>The class of each object that was found (column PredictedLabel, Vector&lt;Text&gt;); empty without results.</summary>
    [VectorType]
    public string[] PredictedLabel { get; set; } = [];

    /// <summary>Their boxes, pixels x1 y1 x2 y2 (column PredictedBoundingBoxes, Vector&lt;Single&gt; of four a box).</summary>
    [VectorType]
    public float[] PredictedBoundingBoxes { get; set; } = [];

    /// <summary>How sure the detector is of each (column Score, Vector&lt;Single&gt;).</summary>
    [VectorType]
    public float[] Score { get; set; } = [];
}
