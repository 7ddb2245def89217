namespace MLNet.VisionLanguage;

/// <summary>Which of a detector's proposals become an image's regions.</summary>
public enum RegionChoice
{
    /// <summary>
    /// The best that do not overlap, each at the box that its most probable class's head gives: LXMERT's, 36 of each image (the extractor of
    /// the transformers library; modeling_frcnn.py, ROIOutputs).
    /// </summary>
    Best,

    /// <summary>
    /// Those that are surely something, from the fewest to the most, each at the box that was proposed: ViLBERT's 10 to 100 by a confidence
    /// of 0.2 (bottom-up attention's tools/demo.py).
    /// </summary>
    Confident,

    /// <summary>Boxes of the row, whatever the detector would propose, as data sets have them that come with boxes.</summary>
    Given,

    /// <summary>
    /// The best that do not overlap, as <see cref="Best"/> has them, without those of which the detector is less sure than the confidence: the
    /// objects that it has been trained on, a few or many.
    /// </summary>
    Objects,
}
