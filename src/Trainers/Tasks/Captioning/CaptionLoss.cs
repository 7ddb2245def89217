namespace MLNet.VisionLanguage;

/// <summary>What captions are learnt by.</summary>
public enum CaptionLoss
{
    /// <summary>The likelihood of the words that people wrote: the mean cross entropy of all words of a batch.</summary>
    MaximumLikelihood,

    /// <summary>
    /// GOLD (Pang and He 2021), for a model that writes already: words that a frozen copy of the model thinks likely, and that likely words
    /// follow, count more.
    /// </summary>
    OffPolicy,

    /// <summary>
    /// CIDEr-D of captions that the model writes itself, by chance, beside the likelihood, for a model that writes already (self-critical
    /// training, Rennie et al. 2017, as FIBER has it).
    /// </summary>
    Cider,
}

/// <summary>What the CIDEr-D of a written caption is compared with: better captions become likelier, worse ones less so.</summary>
public enum CaptionBaseline
{
    /// <summary>The mean of the image's other captions that were written by chance.</summary>
    OtherSamples,

    /// <summary>The caption of the likeliest words.</summary>
    Greedy,

    /// <summary>FIBER's fixed one: 100 · (CIDEr-D - 1), under which every caption below 1 becomes less likely.</summary>
    One,
}
