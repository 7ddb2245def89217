namespace MLNet.VisionLanguage;

/// <summary>Options of <c>DetectObjects</c>, <c>GroundPhrases</c> and <c>LocalizeExpression</c>.</summary>
public sealed class TextDetectorOptions
{
    /// <summary>
    /// The detector's sizes; null for <see cref="FiberDetectorConfig.Base"/>, of expressions <see cref="FiberDetectorConfig.Referring"/>.
    /// </summary>
    public FiberDetectorConfig? Detector { get; set; }

    /// <summary>Which of a checkpoint's state dictionaries has the weights; null for "model", "state_dict" or the only one.</summary>
    public string? StateDictionary { get; set; }

    /// <summary>What a text's score at a place must be above, 0 to 1; null for the detector's.</summary>
    public float? LeastScore { get; set; }

    /// <summary>How many boxes of an image are kept, the best first; null for the detector's (100).</summary>
    public int? Detections { get; set; }

    /// <summary>Pixels of the resized image's shorter side, unless the longer becomes too long; null for the detector's (800).</summary>
    public int? ShorterSide { get; set; }

    /// <summary>The most pixels of the resized image's longer side; null for the detector's (1333).</summary>
    public int? LongerSide { get; set; }

    /// <summary>Whether texts are lower-cased and stripped of accents, of word pieces; byte pairs take texts as they are.</summary>
    public bool Uncased { get; set; } = true;

    /// <summary>
    /// Input column of <c>GroundPhrases</c>: the phrases of the caption, Vector&lt;Text&gt;, each of them in it, one after the other; null for what
    /// lies between its punctuation, prepositions and the like.
    /// </summary>
    public string? PhrasesColumnName { get; set; }

    /// <summary>
    /// The column of boxes, Vector&lt;Single&gt; of pixels x1 y1 x2 y2 each, the best first; of <c>LocalizeExpression</c> one box.
    /// </summary>
    public string PredictedBoundingBoxesColumnName { get; set; } = "PredictedBoundingBoxes";

    /// <summary>The column of scores, 0 to 1: Vector&lt;Single&gt;, one a box; of <c>LocalizeExpression</c> Single.</summary>
    public string ScoreColumnName { get; set; } = "Score";

    /// <summary>
    /// The column that says of what each box is: of <c>DetectObjects</c> a vector of keys with the classes as KeyValues, of <c>GroundPhrases</c>
    /// Vector&lt;Text&gt; of phrases; <c>LocalizeExpression</c> makes none.
    /// </summary>
    public string PredictedLabelColumnName { get; set; } = "PredictedLabel";
}
