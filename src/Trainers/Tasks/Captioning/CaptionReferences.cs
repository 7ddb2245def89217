using MLNet.VisionLanguage.Data;
using MLNet.VisionLanguage.Metrics;

namespace MLNet.VisionLanguage.Tasks.Captioning;

/// <summary>
/// What people wrote of images, for CIDEr-D: an image's references are all its rows' texts, and words are weighed by how many training images'
/// texts have them. Texts stay where the rows lie. Safe for use by several threads.
/// </summary>
internal sealed class CaptionReferences
{
    private readonly TrainingRows<bool> _data;
    private readonly Func<IEnumerable<long>, string> _text;
    private readonly Dictionary<long, List<TrainingRow<bool>>> _training;
    private readonly CiderScorer _scorer;
    private Dictionary<long, List<TrainingRow<bool>>> _held = [];

    /// <param name="data">Where the rows lie.</param>
    /// <param name="training">The training rows.</param>
    /// <param name="text">Makes a text of tokens.</param>
    public CaptionReferences(TrainingRows<bool> data, IReadOnlyList<TrainingRow<bool>> training, Func<IEnumerable<long>, string> text)
    {
        (_data, _text) = (data, text);
        _training = ByImage(training);
        _scorer = CiderScorer.CreateOfTexts(_training.Values.Select(rows => rows.Select(Words)));
    }

    /// <summary>Learns which validation rows there are.</summary>
    public void Hold(IReadOnlyList<TrainingRow<bool>> held)
    {
        if (_held.Count == 0) _held = ByImage(held);
    }

    /// <summary>The number of a row's image; those of validation are negative.</summary>
    public long ImageOf(TrainingRow<bool> row, bool isHeld)
    {
        using var content = _data.Content(row);
        return isHeld ? ~content.Blocks[0] : content.Blocks[0];
    }

    /// <summary>What captions of an image are scored against.</summary>
    /// <param name="image">What <see cref="ImageOf"/> gave.</param>
    public CiderReferences Of(long image)
    {
        var rows = image < 0 ? _held[~image] : _training[image];
        return _scorer.PrepareTexts([.. rows.Select(Words)]);
    }

    private CaptionText Words(TrainingRow<bool> row)
    {
        using var content = _data.Content(row);
        return new(CaptionWords.Split(_text(content.Text(0).ToArray())));
    }

    private Dictionary<long, List<TrainingRow<bool>>> ByImage(IReadOnlyList<TrainingRow<bool>> rows) =>
        rows.GroupBy(row => ImageOf(row, isHeld: false)).ToDictionary(image => image.Key, image => image.ToList());
}
