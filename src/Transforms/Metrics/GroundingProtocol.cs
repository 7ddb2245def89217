namespace MLNet.VisionLanguage;

/// <summary>When a box counts as the one that a text means, in the published ways.</summary>
public enum GroundingProtocol
{
    /// <summary>It overlaps with one of the right boxes by more than the threshold, the last pixels counted (ViLBERT, 12-in-1).</summary>
    Regions,

    /// <summary>It overlaps with one of the right boxes by the threshold at least, boxes ending where x2 and y2 are (Flickr30k Entities, MDETR).</summary>
    AnyBox,

    /// <summary>The same with the one box around all right ones (Flickr30k Entities, merged boxes).</summary>
    MergedBoxes,

    /// <summary>
    /// Its generalised overlap, which is below 0 for boxes that lie apart, is the threshold at least (RefCOCO as MDETR and FIBER count).
    /// </summary>
    GeneralizedOverlap,
}
