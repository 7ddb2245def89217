namespace MLNet.VisionLanguage;

/// <summary>What a masked region is predicted as in pre-training (vilbert/vilbert.py, visual_target 0, 1 and 2).</summary>
public enum RegionTarget
{
    /// <summary>The detector's classes: the divergence of the predicted distribution from the detector's.</summary>
    Classes,

    /// <summary>Its feature: the squared error.</summary>
    Features,

    /// <summary>Itself among regions of other images and of its own: noise-contrastive estimation.</summary>
    Contrast,
}
