namespace MLNet.VisionLanguage.Models;

/// <summary>The reference's names of what is above FIBER's towers.</summary>
internal static class FiberNames
{
    public const string TextTransform = "cross_modal_text_transform";
    public const string ImageTransform = "cross_modal_image_transform";
    public const string TextPooler = "cross_modal_text_pooler";
    public const string ImagePooler = "cross_modal_image_pooler";

    /// <summary>What the names of these four end with where text and image are compared without fusion.</summary>
    public const string Contrast = "_itc";

    /// <summary>Linears that halve the image's width for the text layers that are fused below the last two, when captions are written.</summary>
    public const string CaptionTransforms = "cross_modal_att_layers";

    /// <summary>The head that predicts words.</summary>
    public const string Words = "mlm_score";

    /// <summary>The head that tells pairs from others.</summary>
    public const string Match = "itm_score.fc";

    /// <summary>The head that ranks pairs: the row of <see cref="Match"/> that says they are.</summary>
    public const string Rank = "rank_output";

    /// <summary>The temperature of comparisons.</summary>
    public const string Temperature = "temp";
}
