using Microsoft.ML;
using MLNet.VisionLanguage.Tasks.Captioning;
using MLNet.VisionLanguage.Tool.Models;
using MLNet.VisionLanguage.Tool.Tasks;

namespace MLNet.VisionLanguage.Tool.Captioning;

/// <summary>An image with what a model says of it.</summary>
/// <param name="File">The image's file.</param>
/// <param name="Caption">The caption.</param>
/// <param name="Score">Its mean log-probability of a token.</param>
internal sealed record ImageCaption(string File, string Caption, float Score);

/// <summary>A model file that writes captions, of image files.</summary>
internal sealed class CaptionModel : IDisposable
{
    private readonly MLContext _context = new();
    private readonly ModelFile _file;
    private readonly ImageCaptioningTransformer _captions;

    /// <exception cref="InvalidDataException">The file is no model, or none that writes captions.</exception>
    public CaptionModel(string path)
    {
        _file = ModelFile.Load(path);
        if (_file.Parts.OfType<ImageCaptioningTransformer>().LastOrDefault() is { } captions)
        {
            _captions = captions;
            return;
        }

        using (_file)
        {
            var parts = string.Join(", ", _file.Parts.Select(part => part.GetType().Name));
            throw new InvalidDataException($"{path}: the model writes no captions; its parts are {parts}.");
        }
    }

    /// <summary>Captions of image files, in their order; images are read as they are asked for.</summary>
    /// <param name="files">The image files.</param>
    /// <exception cref="InvalidDataException">An image cannot be read; the message names it.</exception>
    public IEnumerable<ImageCaption> Write(IReadOnlyList<string> files)
    {
        var rows = files.Select(file => new Picture { ImagePath = file, ImageId = file }).ToList();
        var facts = rows.Select(row => new RowFacts($"image {row.ImageId}", "", row.ImagePath, row.ImageId));
        var scored = Score(_context.Data.LoadFromEnumerable(rows));
        var settings = (CaptionSettings)_captions.TaskSettings;
        DataViewSchema.Column caption = scored.Schema[settings.CaptionColumnName], score = scored.Schema[settings.ScoreColumnName];
        using var cursor = UnreadableImage.Name(facts, () => scored.GetRowCursor([caption, score]));
        var (readCaption, readScore) = (cursor.GetGetter<ReadOnlyMemory<char>>(caption), cursor.GetGetter<float>(score));
        foreach (var file in files)
        {
            yield return UnreadableImage.Name(facts, () =>
            {
                cursor.MoveNext();
                ReadOnlyMemory<char> text = default;
                var likelihood = 0f;
                readCaption(ref text);
                readScore(ref likelihood);
                return new ImageCaption(file, text.ToString(), likelihood);
            });
        }
    }

    public void Dispose() => _file.Dispose();

    /// <summary>
    /// Runs what captions need: a model of a program may bring its own way to pixels, one that was saved alone gets the usual one, and steps
    /// about texts are for training.
    /// </summary>
    private IDataView Score(IDataView view)
    {
        var steps = _file.Parts.TakeWhile(part => part != _captions).Where(part => part is not TokenizeTextTransformer).ToList();
        if (!steps.OfType<PreprocessImageTransformer>().Any())
            view = new ImageSource().Open(_context, new GridFeatureOptions(), _captions.Model.ImageSide).Fit(view).Transform(view);
        foreach (var step in steps)
        {
            if (step is LoadImageFilesTransformer { PathColumnName: var path } && view.Schema.GetColumnOrNull(path) is null)
                view = _context.Transforms.CopyColumns(path, nameof(ImageExample.ImagePath)).Fit(view).Transform(view);
            view = step.Transform(view);
        }

        return _captions.Transform(view);
    }

    private sealed class Picture : ImageExample;
}
