using Microsoft.ML;

namespace MLNet.VisionLanguage;

/// <content>Metrics of detectors.</content>
public sealed partial class VisionLanguageCatalog
{
    /// <summary>
    /// Measures detected objects: COCO's average precision and recall, and Pascal VOC's. A row is an image with any number of objects; the names of
    /// columns are those of ML.NET's object detection, whose own EvaluateObjectDetection takes the same columns where labels are texts.
    /// </summary>
    /// <param name="scored">Rows of images, such as those of <see cref="CocoDetectionDataset"/> or what a detector adds to them.</param>
    /// <param name="labelColumnName">The class of each object that is there: Vector&lt;Text&gt;, or keys with texts.</param>
    /// <param name="boxesColumnName">Their boxes, Vector&lt;Single&gt; of pixels x1 y1 x2 y2 each.</param>
    /// <param name="predictedLabelColumnName">The class of each object that was found, as the labels.</param>
    /// <param name="predictedBoxesColumnName">Their boxes, as the others.</param>
    /// <param name="scoreColumnName">How sure the detector is of each, Vector&lt;Single&gt;.</param>
    /// <param name="crowdColumnName">
    /// Vector&lt;Single&gt;: above 0 for what stands for several objects (COCO's iscrowd) or is too difficult (VOC's difficult); null for none.
    /// </param>
    /// <param name="areaColumnName">The pixels of each object, Vector&lt;Single&gt;, where they are fewer than its box's; null for those of the boxes.</param>
    /// <exception cref="ArgumentException">A column is missing or of another type, or there are no rows.</exception>
    /// <exception cref="InvalidOperationException">A row has not as many boxes as labels, or scores.</exception>
    public DetectionMetrics EvaluateDetection(
        IDataView scored, string labelColumnName = "Labels", string boxesColumnName = "Boxes", string predictedLabelColumnName = "PredictedLabel",
        string predictedBoxesColumnName = "PredictedBoundingBoxes", string scoreColumnName = "Score", string? crowdColumnName = null,
        string? areaColumnName = null)
    {
        ArgumentNullException.ThrowIfNull(scored);
        return DetectionMetrics.Evaluate(scored, new(
            labelColumnName, boxesColumnName, predictedLabelColumnName, predictedBoxesColumnName, scoreColumnName, crowdColumnName, areaColumnName));
    }

    /// <summary>
    /// Measures objects of very many classes as LVIS does: of a row counts what is found of the classes that are in it and of those that it says
    /// are not, and of classes whose objects are not all marked nothing is wrong.
    /// </summary>
    /// <param name="scored">Rows of images, as <see cref="EvaluateDetection"/> reads them, and two columns more.</param>
    /// <param name="frequencies">"r", "c" or "f" of each class, for the figures of rare, common and frequent ones.</param>
    /// <param name="labelColumnName">The class of each object that is there: Vector&lt;Text&gt;, or keys with texts.</param>
    /// <param name="boxesColumnName">Their boxes, Vector&lt;Single&gt; of pixels x1 y1 x2 y2 each.</param>
    /// <param name="predictedLabelColumnName">The class of each object that was found, as the labels.</param>
    /// <param name="predictedBoxesColumnName">Their boxes, as the others.</param>
    /// <param name="scoreColumnName">How sure the detector is of each, Vector&lt;Single&gt;.</param>
    /// <param name="negativeLabelsColumnName">Classes that are not in the image (neg_category_ids), Vector&lt;Text&gt;.</param>
    /// <param name="openLabelsColumnName">Classes of which more may be there than is marked (not_exhaustive_category_ids), Vector&lt;Text&gt;.</param>
    /// <param name="areaColumnName">The pixels of each object, Vector&lt;Single&gt;; null for those of the boxes.</param>
    /// <exception cref="ArgumentException">A column is missing or of another type, or there are no rows.</exception>
    /// <exception cref="InvalidOperationException">A row has not as many boxes as labels, or scores.</exception>
    public LvisMetrics EvaluateLvis(
        IDataView scored, IReadOnlyDictionary<string, string> frequencies, string labelColumnName = "Labels", string boxesColumnName = "Boxes",
        string predictedLabelColumnName = "PredictedLabel", string predictedBoxesColumnName = "PredictedBoundingBoxes",
        string scoreColumnName = "Score", string negativeLabelsColumnName = "NegativeLabels", string openLabelsColumnName = "OpenLabels",
        string? areaColumnName = null)
    {
        ArgumentNullException.ThrowIfNull(scored);
        ArgumentNullException.ThrowIfNull(frequencies);
        return LvisMetrics.Evaluate(
            scored,
            new(labelColumnName, boxesColumnName, predictedLabelColumnName, predictedBoxesColumnName, scoreColumnName, null, areaColumnName),
            negativeLabelsColumnName, openLabelsColumnName, frequencies);
    }
}
