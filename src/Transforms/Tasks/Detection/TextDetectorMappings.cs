using Microsoft.ML.Data;
using Microsoft.ML.Transforms;
using MLNet.VisionLanguage.Columns;
using MLNet.VisionLanguage.Images;
using MLNet.VisionLanguage.Models;
using MLNet.VisionLanguage.Persistence;
using MLNet.VisionLanguage.Regions;
using MLNet.VisionLanguage.Tokenization;

namespace MLNet.VisionLanguage.Tasks.Detection;

/// <summary>Lays an image's pixels out for a detector that reads; ML.NET finds it by its contract when it loads a model.</summary>
[CustomMappingFactoryAttribute(Contract)]
internal sealed class TextDetectorPixelsFactory : CustomMappingFactory<RegionPixelsSource, RegionPixels>
{
    public const string Contract = "MLNet.VisionLanguage.2.TextDetectorPixels";

    private static readonly StateCache<TextDetectorSettings> States = new(state => TextDetectorSettings.FromState(state).Settings);

    public static void Map(RegionPixelsSource source, RegionPixels destination)
    {
        var settings = States.Get(source.State);
        var image = ImagePixels.Require(source.Image, settings.Name, () => settings.ImageColumnName);
        var (height, width) = FiberDetectorImages.ResizedSize(
            image.Height, image.Width, settings.Detector.ShorterSide, settings.Detector.LongerSide);
        destination.Pixels = ImagePixels.ToRgb(image, settings.Name, destination.Pixels);
        destination.ImageSize = new VBuffer<float>(2, [image.Width, image.Height]);
        destination.Resized = new VBuffer<long>(2, [Math.Max(1, height), Math.Max(1, width)]);
    }

    public override Action<RegionPixelsSource, RegionPixels> GetMapping()
    {
        ImageColumnType.Register();
        return Map;
    }
}

internal sealed class DetectorTextSource
{
    public const string TextColumn = Column.HelperPrefix + "detectortext";

    [ColumnName(StateChain.StateColumn)]
    public ReadOnlyMemory<char> State { get; set; }

    /// <summary>The state again where classes are named once for all: every source column must exist.</summary>
    [ColumnName(TextColumn)]
    public ReadOnlyMemory<char> Text { get; set; }
}

internal sealed class DetectorPhrases
{
    public const string PhrasesColumn = Column.HelperPrefix + "detectorphrases";

    [ColumnName(PhrasesColumn)]
    public VBuffer<ReadOnlyMemory<char>> Phrases { get; set; }
}

/// <summary>What is looked for; ML.NET finds it by its contract when it loads a model.</summary>
[CustomMappingFactoryAttribute(Contract)]
internal sealed class DetectorPhrasesFactory : CustomMappingFactory<DetectorTextSource, DetectorPhrases>
{
    public const string Contract = "MLNet.VisionLanguage.2.DetectorPhrases";

    private static readonly StateCache<TextDetectorSettings> States = new(state => TextDetectorSettings.FromState(state).Settings);

    public static void Map(DetectorTextSource source, DetectorPhrases destination)
    {
        var settings = States.Get(source.State);
        IReadOnlyList<string> phrases = settings.Use switch
        {
            TextDetectorUse.Objects => settings.Classes,
            TextDetectorUse.Phrases => CaptionPhrases.Of(source.Text.ToString()),
            _ => [source.Text.ToString()],
        };
        destination.Phrases = new(phrases.Count, [.. phrases.Select(phrase => phrase.AsMemory())]);
    }

    public override Action<DetectorTextSource, DetectorPhrases> GetMapping() => Map;
}

internal sealed class DetectorPromptSource
{
    [ColumnName(StateChain.StateColumn)]
    public ReadOnlyMemory<char> State { get; set; }

    [ColumnName(DetectorTextSource.TextColumn)]
    public ReadOnlyMemory<char> Text { get; set; }

    [ColumnName(DetectorPhrases.PhrasesColumn)]
    public VBuffer<ReadOnlyMemory<char>> Phrases { get; set; }
}

internal sealed class DetectorPrompt
{
    public const string IdsColumn = Column.HelperPrefix + "detectorids";
    public const string TextsColumn = Column.HelperPrefix + "detectortexts";
    public const string LimitsColumn = Column.HelperPrefix + "detectorlimits";

    [ColumnName(IdsColumn)]
    public VBuffer<long> Ids { get; set; }

    /// <summary>1 for each text's tokens, 0 for others, row after row.</summary>
    [ColumnName(TextsColumn)]
    public VBuffer<float> Texts { get; set; }

    /// <summary>What a score must be above, and how many boxes are kept.</summary>
    [ColumnName(LimitsColumn)]
    [VectorType(2)]
    public VBuffer<float> Limits { get; set; }
}

/// <summary>The tokens of what is looked for; ML.NET finds it by its contract when it loads a model.</summary>
[CustomMappingFactoryAttribute(Contract)]
internal sealed class DetectorPromptFactory : CustomMappingFactory<DetectorPromptSource, DetectorPrompt>
{
    public const string Contract = "MLNet.VisionLanguage.2.DetectorPrompt";

    private static readonly StateCache<PromptEncoder> States = new(state => new(state));

    public static void Map(DetectorPromptSource source, DetectorPrompt destination)
    {
        var encoder = States.Get(source.State);
        var (ids, texts) = encoder.Encode(source.Text, [.. source.Phrases.DenseValues().Select(phrase => phrase.ToString())]);
        destination.Limits = new(2, [encoder.Detector.LeastScore, encoder.Detector.Detections]);
        (destination.Ids, destination.Texts) = (new(ids.Length, ids), new(texts.Length, texts));
    }

    public override Action<DetectorPromptSource, DetectorPrompt> GetMapping() => Map;
}
