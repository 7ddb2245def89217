using MLNet.VisionLanguage.Columns;
using MLNet.VisionLanguage.Objectives;
using static TorchSharp.torch;

namespace MLNet.VisionLanguage.Data;

/// <summary>What a batch of captions and images is to teach, as a worker lays it out.</summary>
internal sealed class CaptionTargets
{
    /// <summary>The place of the first of the detector's columns.</summary>
    private const int FirstDetector = 10;

    private readonly Dictionary<DetectorPart, int> _detector = [];
    private readonly List<PaddedColumn> _columns;

    /// <param name="rows">Rows of the batch.</param>
    /// <param name="words">Tokens of the longest caption.</param>
    /// <param name="regions">Regions of the image with the most.</param>
    /// <param name="featureSize">Numbers of a region's feature; 0 when features are not predicted.</param>
    /// <param name="detector">What the detector's columns are.</param>
    /// <param name="texts">How many texts without an image there are.</param>
    /// <param name="textLength">Words of each of these.</param>
    public CaptionTargets(
        int rows, long words, long regions, int featureSize, IEnumerable<DetectorColumn> detector, int texts = 0, int textLength = 0)
    {
        Words = new(MaskedTokens.None, rows, words);
        Replaced = new(0, rows);
        Regions = new(MaskedTokens.None, rows, regions);
        Hidden = new(0, rows, regions);
        Divisors = new(1, rows, 1, 1);
        Features = new(0, rows, regions, featureSize);
        Seed = new(0, 1);
        Texts = new(0, texts, textLength);
        TextWords = new(MaskedTokens.None, texts, textLength);
        Answers = new(MaskedTokens.None, rows);
        _columns = [Words, Replaced, Regions, Hidden, Divisors, Features, Seed, Texts, TextWords, Answers];
        foreach (var column in detector)
        {
            _detector[column.Part] = _columns.Count;
            _columns.Add(column.IsNumber
                ? new PaddedColumn<long>(MaskedTokens.None, rows, regions)
                : column.Part == DetectorPart.Classes
                    ? new PaddedColumn<float>(0, rows, regions, column.Width)
                    : new PaddedColumn<float>(0, rows, regions));
        }
    }

    /// <summary>The hidden words, or -1, [B, L].</summary>
    public PaddedColumn<long> Words { get; }

    /// <summary>1 for another's caption, [B].</summary>
    public PaddedColumn<long> Replaced { get; }

    /// <summary>1 where a region is predicted, else -1, [B, N].</summary>
    public PaddedColumn<long> Regions { get; }

    /// <summary>1 where a region has lost its feature, [B, N].</summary>
    public PaddedColumn<float> Hidden { get; }

    /// <summary>What the sum of an image's features is divided by, [B, 1, 1].</summary>
    public PaddedColumn<float> Divisors { get; }

    /// <summary>The features before anything was hidden, [B, N, D].</summary>
    public PaddedColumn<float> Features { get; }

    /// <summary>For what is drawn where the model computes.</summary>
    public PaddedColumn<long> Seed { get; }

    /// <summary>Texts without an image, with some words hidden, [A, T].</summary>
    public PaddedColumn<long> Texts { get; }

    /// <summary>Their hidden words, or -1, [A, T].</summary>
    public PaddedColumn<long> TextWords { get; }

    /// <summary>The right one of the answers that are told apart, or -1, [B].</summary>
    public PaddedColumn<long> Answers { get; }

    /// <summary>All of these, then what the detector says.</summary>
    public PaddedColumn[] Columns => [.. _columns];

    /// <summary>What the detector says of a row.</summary>
    public void Fill(int row, IReadOnlyDictionary<DetectorPart, float[]> parts)
    {
        foreach (var (part, values) in parts)
        {
            switch (_columns[_detector[part]])
            {
                case PaddedColumn<long> numbers:
                    for (var i = 0; i < values.Length; i++) numbers.Row(row)[i] = (long)values[i];
                    break;
                case PaddedColumn<float> floats:
                    values.CopyTo(floats.Row(row));
                    break;
            }
        }
    }

    /// <summary>Takes the columns of a batch for tensors again.</summary>
    /// <param name="columns">What <see cref="Columns"/> gave.</param>
    /// <param name="detector">What the detector's columns are, in the same order.</param>
    /// <param name="device">Where the model computes.</param>
    public static PretrainingTensors ToTensors(IReadOnlyList<PaddedColumn> columns, IReadOnlyList<DetectorColumn> detector, Device device)
    {
        Tensor Of(int i) => TrainingBatch.ToTensor(columns[i], device);
        var seed = ((PaddedColumn<long>)columns[6]).Values.Span[0];
        return new(
            Of(0), Of(1), Of(2), Of(3), Of(4), Of(5), (int)seed, Of(9),
            detector.Index().ToDictionary(pair => pair.Item.Part, pair => Of(FirstDetector + pair.Index)))
        {
            Texts = columns[7].Shape[0] == 0 ? null : (Of(7), Of(8)),
        };
    }
}

/// <summary>The same as tensors.</summary>
internal sealed record PretrainingTensors(
    Tensor Words, Tensor Replaced, Tensor Regions, Tensor Hidden, Tensor Divisors, Tensor Features, int Seed, Tensor Answers,
    IReadOnlyDictionary<DetectorPart, Tensor> Detector)
{
    /// <summary>Texts without an image and their hidden words, both [A, T]; null when there are none.</summary>
    public (Tensor Ids, Tensor Words)? Texts { get; init; }

    /// <summary>1 for a caption of the image itself, [B].</summary>
    public Tensor Pairs => Optimization.Scalars.With(0L, Replaced.eq).to_type(ScalarType.Int64);

    /// <summary>1.0 where a region is predicted, [B, N].</summary>
    public Tensor IsPredicted => Optimization.Scalars.With(1L, Regions.eq).to_type(ScalarType.Float32);
}
