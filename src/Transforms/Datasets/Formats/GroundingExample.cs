using Microsoft.ML.Data;

namespace MLNet.VisionLanguage;

/// <summary>A text that means a place of an image, and the place.</summary>
public class GroundingExample : ImageExample
{
    /// <summary>The text (column Expression, Text).</summary>
    public string Expression { get; set; } = "";

    /// <summary>The boxes that are meant, pixels x1 y1 x2 y2 (column Boxes, Vector&lt;Single&gt; of four a box).</summary>
    [VectorType]
    public float[] Boxes { get; set; } = [];

    /// <summary>
    /// The boxes of all objects that are annotated in the image, to choose from (column ObjectBoxes, Vector&lt;Single&gt; of four a box); empty
    /// when the files do not tell.
    /// </summary>
    [VectorType]
    public float[] ObjectBoxes { get; set; } = [];

    /// <summary>The image's width and height in pixels (column ImageSize, Vector&lt;Single, 2&gt;); 0 when the files do not tell.</summary>
    [VectorType(2)]
    public float[] ImageSize { get; set; } = [0, 0];
}
