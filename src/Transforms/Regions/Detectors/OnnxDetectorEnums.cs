namespace MLNet.VisionLanguage;

/// <summary>Where an image's channels are.</summary>
public enum OnnxLayout
{
    /// <summary>[1, 3, height, width].</summary>
    ChannelsFirst,

    /// <summary>[1, height, width, 3].</summary>
    ChannelsLast,
}

/// <summary>The order of an image's channels.</summary>
public enum OnnxColours
{
    /// <summary>Red, green, blue.</summary>
    RedFirst,

    /// <summary>Blue, green, red.</summary>
    BlueFirst,
}

/// <summary>How an image is brought to the size that a detector reads.</summary>
public enum OnnxFit
{
    /// <summary>Each side to that size.</summary>
    Stretch,

    /// <summary>As large as its proportions let it be, in the middle.</summary>
    Letterbox,

    /// <summary>As large as its proportions let it be, at the top left.</summary>
    LetterboxTopLeft,
}

/// <summary>How the values of an output become rows, one a box.</summary>
public enum OnnxRows
{
    /// <summary>The last axis has a box's values: [1, boxes, values], [1, height, width, values], [boxes, values].</summary>
    ValuesLast,

    /// <summary>The first axis of the image has them: [1, values, boxes], [1, values, height, width].</summary>
    ValuesFirst,

    /// <summary>Every value is a box's only one: [1, boxes], [boxes].</summary>
    OneValue,
}

/// <summary>What four numbers tell a box.</summary>
public enum OnnxBoxFormat
{
    /// <summary>Left, top, right, bottom.</summary>
    Corners,

    /// <summary>Middle, width and height.</summary>
    CenterSize,

    /// <summary>Left, top, width and height.</summary>
    CornerSize,

    /// <summary>How far left, top, right and bottom are from the middle of the box's cell.</summary>
    Distances,

    /// <summary>The same, each as scores of whole numbers from 0 on: the distance is what their softmax expects (generalized focal loss).</summary>
    DistanceBins,

    /// <summary>Relative to an anchor: moves of the middle in its sides, logarithms of the growth of the sides; each times a variance.</summary>
    Deltas,
}

/// <summary>What a box's numbers count.</summary>
public enum OnnxBoxUnits
{
    /// <summary>Pixels of the image that the model sees.</summary>
    Pixels,

    /// <summary>Parts of the sides of the image that the model sees.</summary>
    Fractions,

    /// <summary>Sides of a cell of the box's level, see <see cref="OnnxBoxes.Levels"/>.</summary>
    Cells,
}

/// <summary>What makes probabilities of scores.</summary>
public enum OnnxActivation
{
    /// <summary>They are.</summary>
    None,

    /// <summary>Each by itself.</summary>
    Sigmoid,

    /// <summary>All classes of a box together, the background among them.</summary>
    Softmax,
}

/// <summary>Which column of the scores is that of no class.</summary>
public enum OnnxBackground
{
    /// <summary>There is none.</summary>
    None,

    /// <summary>The first.</summary>
    First,

    /// <summary>The last.</summary>
    Last,
}

/// <summary>What a detected region's feature is.</summary>
public enum DetectedFeatures
{
    /// <summary>Means of the detector's maps over the box, one map after the other, see <see cref="OnnxDetector.Maps"/>.</summary>
    Maps,

    /// <summary>
    /// What the ResNet-18 of ML.NET's package Microsoft.ML.DnnImageFeaturizer.ResNet18 sees in the box, cut out of the image: 512 values. A program that
    /// detects references the package; a saved model has the network in it.
    /// </summary>
    ResNet18,

    /// <summary>The box's scores of all classes.</summary>
    Scores,
}
