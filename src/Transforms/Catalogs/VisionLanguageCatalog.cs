using Microsoft.ML;

namespace MLNet.VisionLanguage;

/// <summary>The front door: what this library adds to an <see cref="MLContext"/> besides transforms.</summary>
public static class VisionLanguageExtensions
{
    /// <summary>Trainers, loading and evaluation of vision-and-language models.</summary>
    /// <param name="context">The context they work in.</param>
    public static VisionLanguageCatalog VisionLanguage(this MLContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        return new VisionLanguageCatalog(context);
    }
}

/// <summary>
/// Trainers, loading and evaluation of vision-and-language models; see <see cref="VisionLanguageExtensions.VisionLanguage"/>.
/// </summary>
public sealed partial class VisionLanguageCatalog
{
    internal VisionLanguageCatalog(MLContext context)
    {
        Context = context;
        Trainers = new VisionLanguageTrainersCatalog(context);
    }

    /// <summary>The trainers; they are in the assembly MLNet.VisionLanguage.Trainers.</summary>
    public VisionLanguageTrainersCatalog Trainers { get; }

    internal MLContext Context { get; }
}

/// <summary>The place trainers hang on; MLNet.VisionLanguage.Trainers extends it.</summary>
public sealed class VisionLanguageTrainersCatalog
{
    internal VisionLanguageTrainersCatalog(MLContext context) => Context = context;

    internal MLContext Context { get; }
}
