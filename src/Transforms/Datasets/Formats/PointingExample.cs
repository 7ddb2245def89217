using Microsoft.ML.Data;

namespace MLNet.VisionLanguage;

/// <summary>A question that one of several boxes answers.</summary>
public sealed class PointingExample : ImageExample
{
    /// <summary>The question, or the game (column QuestionId, Text).</summary>
    public string QuestionId { get; set; } = "";

    /// <summary>The question, or a dialogue (column Question, Text).</summary>
    public string Question { get; set; } = "";

    /// <summary>The boxes to choose from, pixels x1 y1 x2 y2 (column ChoiceBoxes, Vector&lt;Single&gt; of four a box).</summary>
    [VectorType]
    public float[] ChoiceBoxes { get; set; } = [];

    /// <summary>The right box's number from 0 (column Label, Text).</summary>
    public string Label { get; set; } = "";

    /// <summary>The right box (column Boxes, Vector&lt;Single&gt; of four numbers).</summary>
    [VectorType]
    public float[] Boxes { get; set; } = [];

    /// <summary>The image's width and height in pixels (column ImageSize, Vector&lt;Single, 2&gt;); 0 when the files do not tell.</summary>
    [VectorType(2)]
    public float[] ImageSize { get; set; } = [0, 0];

    /// <summary>Sets the boxes and which of them is right.</summary>
    internal PointingExample Choose(IReadOnlyList<float[]> boxes, int right)
    {
        (ChoiceBoxes, Label, Boxes) = ([.. boxes.SelectMany(box => box)], $"{right}", boxes[right]);
        return this;
    }
}
