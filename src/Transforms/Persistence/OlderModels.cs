using Microsoft.ML.Transforms;
using MLNet.VisionLanguage.Columns;

namespace MLNet.VisionLanguage.Persistence;

/// <summary>
/// Models of the first format had mappings of these names, for columns that no mapping has any more. Whoever opens one, plain ML.NET too,
/// is told so here instead of by an error about a contract.
/// </summary>
internal abstract class OlderModelFactory : CustomMappingFactory<NoColumns, ConstantKey>
{
    public sealed override Action<NoColumns, ConstantKey> GetMapping() => throw new NotSupportedException(
        "The model was written by an older version of MLNet.VisionLanguage, in a format that is read no more. Train it again, or convert " +
        "its checkpoint again, with this version.");
}

[CustomMappingFactoryAttribute("MLNet.VisionLanguage.TokenizeText")]
internal sealed class OlderTokenizeTextFactory : OlderModelFactory;

[CustomMappingFactoryAttribute("MLNet.VisionLanguage.LoadRegionFeatures")]
internal sealed class OlderLoadRegionFeaturesFactory : OlderModelFactory;

[CustomMappingFactoryAttribute("MLNet.VisionLanguage.GridPixels")]
internal sealed class OlderGridPixelsFactory : OlderModelFactory;

[CustomMappingFactoryAttribute("MLNet.VisionLanguage.AnswerInputs")]
internal sealed class OlderAnswerInputsFactory : OlderModelFactory;
