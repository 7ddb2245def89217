using System.Text.Json.Serialization;
using Microsoft.ML.Data;
using MLNet.VisionLanguage.Columns;
using MLNet.VisionLanguage.Persistence;
using MLNet.VisionLanguage.Tokenization;

namespace MLNet.VisionLanguage.Tasks.Detection;

/// <summary>What a detector that reads is asked.</summary>
internal enum TextDetectorUse
{
    /// <summary>Where objects of named classes are.</summary>
    Objects,

    /// <summary>Where what the phrases of a caption name is.</summary>
    Phrases,

    /// <summary>Where the one thing is that an expression means.</summary>
    Expression,
}

/// <summary>What a component with such a detector needs besides its weights and its vocabulary, which follows in the state.</summary>
/// <param name="Use">What is asked.</param>
/// <param name="ImageColumnName">The image column.</param>
/// <param name="TextColumnName">The text column; null where classes are named.</param>
/// <param name="PhrasesColumnName">The column of the caption's phrases; null where there is none.</param>
/// <param name="Detector">The detector, with the thresholds and sizes that are meant.</param>
/// <param name="Classes">The names of classes, where they are named.</param>
/// <param name="BytePairs">Whether the vocabulary is of byte pairs.</param>
/// <param name="Uncased">Whether texts are lower-cased.</param>
/// <param name="Outputs">The names of the columns made.</param>
internal sealed record TextDetectorSettings(
    TextDetectorUse Use, string ImageColumnName, string? TextColumnName, string? PhrasesColumnName, FiberDetectorConfig Detector,
    IReadOnlyList<string> Classes, bool BytePairs, bool Uncased, TextDetectorOutputs Outputs)
{
    /// <summary>What saved models call the component.</summary>
    public const string Kind = "TextDetector";

    private const int Version = 1;

    /// <summary>What messages call the component.</summary>
    [JsonIgnore]
    public string Name => Use switch
    {
        TextDetectorUse.Objects => "DetectObjects",
        TextDetectorUse.Phrases => "GroundPhrases",
        _ => "LocalizeExpression",
    };

    /// <exception cref="ArgumentException">An option is impossible, two columns have one name, or the classes make too long a text.</exception>
    public static TextDetectorSettings Create(
        TextDetectorUse use, string imageColumn, string? textColumn, IReadOnlyList<string> classes, TextVocabulary vocabulary,
        TextDetectorOptions options)
    {
        ArgumentException.ThrowIfNullOrEmpty(imageColumn);
        ArgumentNullException.ThrowIfNull(vocabulary);
        var given = options.Detector ?? (use == TextDetectorUse.Expression ? FiberDetectorConfig.Referring : FiberDetectorConfig.Base);
        var detector = given with
        {
            LeastScore = options.LeastScore ?? given.LeastScore,
            Detections = options.Detections ?? given.Detections,
            ShorterSide = options.ShorterSide ?? given.ShorterSide,
            LongerSide = options.LongerSide ?? given.LongerSide,
            VocabularySize = options.Detector is null ? vocabulary.Count : given.VocabularySize,
        };
        var settings = new TextDetectorSettings(
            use, imageColumn, textColumn, use == TextDetectorUse.Phrases ? options.PhrasesColumnName : null, detector, classes,
            vocabulary is BytePairVocabulary, options.Uncased && vocabulary.CanBeUncased,
            new(options.PredictedBoundingBoxesColumnName, options.ScoreColumnName, options.PredictedLabelColumnName));
        detector.Validate(settings.Name);
        settings.Check(vocabulary);
        return settings;
    }

    public string ToState(TextVocabulary vocabulary) => StateText.Write(Kind, Version, this, vocabulary.ToString());

    public static (TextDetectorSettings Settings, TextVocabulary Vocabulary) FromState(string state)
    {
        var settings = StateText.Read<TextDetectorSettings>(state, Kind, Version, out var text);
        try
        {
            settings.Detector.Validate(settings.Name);
        }
        catch (ArgumentException e)
        {
            throw StateText.Damaged(Kind, e);
        }

        return (settings, settings.BytePairs ? BytePairVocabulary.Parse(text) : BertVocabulary.Parse(text));
    }

    /// <summary>An image, as LoadImages makes it, and texts where they are not named once for all.</summary>
    public ColumnRequirement[] Requirements() =>
    [
        ColumnRequirement.Scalar<MLImage>(Name, ImageColumnName),
        .. TextColumnName is { } text ? [ColumnRequirement.Text(Name, text)] : Array.Empty<ColumnRequirement>(),
        .. PhrasesColumnName is { } phrases ? [ColumnRequirement.Vector<ReadOnlyMemory<char>>(Name, phrases)] : Array.Empty<ColumnRequirement>(),
    ];

    private void Check(TextVocabulary vocabulary)
    {
        string[] outputs = Use == TextDetectorUse.Expression ? [Outputs.Boxes, Outputs.Score] : [Outputs.Boxes, Outputs.Score, Outputs.Label];
        if (outputs.Any(string.IsNullOrEmpty)) throw new ArgumentException($"{Name}: an output column has no name.", nameof(Outputs));
        if (outputs.Distinct(StringComparer.Ordinal).Count() != outputs.Length)
            throw new ArgumentException($"{Name}: the output columns {string.Join(", ", outputs)} must have different names.", nameof(Outputs));
        if (vocabulary.Count > Detector.VocabularySize)
        {
            throw new ArgumentException(
                $"{Name}: the vocabulary has {vocabulary.Count} tokens, the detector's table of words {Detector.VocabularySize} rows.", nameof(vocabulary));
        }
        if (Use != TextDetectorUse.Objects)
        {
            ArgumentException.ThrowIfNullOrEmpty(TextColumnName);
            return;
        }

        if (Classes.Count == 0) throw new ArgumentException($"{Name}: no class is named.", nameof(Classes));
        foreach (var name in Classes)
        {
            if (string.IsNullOrWhiteSpace(DetectionPrompt.Clean(name ?? "")))
                throw new ArgumentException($"{Name}: the class '{name}' has no name.", nameof(Classes));
        }

        if (Classes.Distinct(StringComparer.Ordinal).Count() != Classes.Count)
            throw new ArgumentException($"{Name}: a class is named twice.", nameof(Classes));
        vocabulary.CreateTokenizer(Uncased).Encode(DetectionPrompt.Of(Classes).Text, null, int.MaxValue, out var length);
        if (length > Detector.MaxTokens)
        {
            throw new ArgumentException(
                $"{Name}: the names of {Classes.Count} classes make a text of {length} tokens; the detector reads {Detector.MaxTokens}. "
                + "Ask for fewer classes at a time.",
                nameof(Classes));
        }
    }
}

/// <summary>The names of the columns made.</summary>
internal sealed record TextDetectorOutputs(string Boxes, string Score, string Label);
