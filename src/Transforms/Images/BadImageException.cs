namespace MLNet.VisionLanguage.Images;

/// <summary>What is wrong with an image file, in words that go on after its name and a colon.</summary>
internal sealed class BadImageException(string reason) : Exception(reason)
{
    /// <summary>The file ends before it should.</summary>
    public static BadImageException CutOff(string where) => new($"it is cut off: it ends {where}");

    /// <summary>The file is long enough but cannot be what a writer wrote.</summary>
    public static BadImageException Damaged(string how) => new($"it is damaged: {how}");
}
