using Microsoft.ML;
using MLNet.VisionLanguage.Metrics;

namespace MLNet.VisionLanguage;

/// <summary>What one caption scores.</summary>
/// <param name="Bleu">BLEU-1 to BLEU-4 of the caption alone, 0..1.</param>
/// <param name="RougeL">ROUGE-L, 0..1.</param>
/// <param name="CiderD">CIDEr-D, 0..10.</param>
public sealed record CaptionScores(IReadOnlyList<double> Bleu, double RougeL, double CiderD);

/// <summary>
/// How near captions are to those that people wrote, as coco-caption computes it: BLEU-1 to BLEU-4 (of all captions' counts together), and
/// the means of ROUGE-L and CIDEr-D.
/// </summary>
public sealed class CaptioningMetrics
{
    private CaptioningMetrics(IReadOnlyList<CaptionScores> captions, double[] bleu)
    {
        (Captions, Bleu) = (captions, bleu);
        (RougeL, CiderD) = (captions.Average(caption => caption.RougeL), captions.Average(caption => caption.CiderD));
    }

    /// <summary>BLEU-1 to BLEU-4, 0..1.</summary>
    public IReadOnlyList<double> Bleu { get; }

    /// <summary>The mean of ROUGE-L, 0..1.</summary>
    public double RougeL { get; }

    /// <summary>The mean of CIDEr-D, 0..10.</summary>
    public double CiderD { get; }

    /// <summary>What each caption scores, in the order of the rows.</summary>
    public IReadOnlyList<CaptionScores> Captions { get; }

    /// <summary>The number of captions.</summary>
    public int Count => Captions.Count;

    internal static CaptioningMetrics Evaluate(IDataView scored, string captionColumn, string referencesColumn, CiderScorer? frequencies)
    {
        var rows = new ScoredRows("EvaluateCaptioning", scored);
        var (caption, references) = (rows.Texts(captionColumn), rows.Texts(referencesColumn));
        var texts = new List<(CaptionText Caption, CaptionText[] References)>();
        rows.ForEach(() => texts.Add((Text(Single(caption())), references() is { Length: > 0 } own
            ? [.. own.Select(Text)]
            : throw rows.Error($"column '{referencesColumn}' has no caption to compare with"))));
        return Measure(texts, frequencies);

        // A model may say nothing.
        string Single(string[] captions) => captions.Length < 2
            ? string.Concat(captions)
            : throw rows.Error($"column '{captionColumn}' has {captions.Length} captions; one is expected");

        static CaptionText Text(string text) => new(CaptionWords.Split(text));
    }

    /// <summary>Measures captions.</summary>
    /// <param name="rows">Each caption with its image's references.</param>
    /// <param name="frequencies">The counts that CIDEr-D weighs words by; null for those of the references.</param>
    internal static CaptioningMetrics Measure(IReadOnlyList<(CaptionText Caption, CaptionText[] References)> rows, CiderScorer? frequencies)
    {
        frequencies ??= CiderScorer.CreateOfTexts(rows.Select(row => row.References));
        BleuCounts[] counts = [.. rows.Select(row => BleuCounts.Of(row.Caption, row.References))];
        return new(
            [
                .. rows.Zip(counts, (row, bleu) => new CaptionScores(
                    bleu.Scores(), Metrics.RougeL.Score(row.Caption, row.References), frequencies.PrepareTexts(row.References).Score(row.Caption))),
            ],
            BleuCounts.Sum(counts).Scores());
    }
}
