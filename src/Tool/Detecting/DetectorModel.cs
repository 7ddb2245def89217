using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms.Image;
using MLNet.VisionLanguage.Tasks.Detection;

namespace MLNet.VisionLanguage.Tool.Detecting;

/// <summary>A model file with a detector that reads, asked anything.</summary>
internal sealed class DetectorModel : IDisposable
{
    private const string Image = nameof(ImageText.Image);
    private readonly MLContext _context = new();
    private readonly ITransformer _model;
    private readonly TextDetectorTransformer _detector;

    /// <exception cref="InvalidDataException">The file is no model, or has no detector that reads.</exception>
    public DetectorModel(string path)
    {
        _model = _context.VisionLanguage().Load(path);
        var parts = _model is IEnumerable<ITransformer> chain ? chain : [_model];
        _detector = parts.OfType<TextDetectorTransformer>().FirstOrDefault()
            ?? throw new InvalidDataException($"'{path}' has no detector that reads texts; 'vl convert text-detector' makes one of a checkpoint.");
    }

    /// <summary>Where objects of the classes are.</summary>
    public FoundBoxes Detect(string path, IReadOnlyList<string> classes, TextDetectorOptions options) =>
        Find(path, "", TextDetectorUse.Objects, classes, options);

    /// <summary>Where what a caption's phrases name is.</summary>
    public FoundBoxes Ground(string path, string caption, IReadOnlyList<string> phrases, TextDetectorOptions options)
    {
        if (phrases.Count > 0) options.PhrasesColumnName = nameof(ImageText.Phrases);
        return Find(path, caption, TextDetectorUse.Phrases, phrases, options);
    }

    /// <summary>Where the one thing is that a text means.</summary>
    public FoundBoxes Locate(string path, string expression, TextDetectorOptions options) =>
        Find(path, expression, TextDetectorUse.Expression, [], options);

    public void Dispose() => (_model as IDisposable)?.Dispose();

    private FoundBoxes Find(string path, string text, TextDetectorUse use, IReadOnlyList<string> texts, TextDetectorOptions options)
    {
        using var image = ImageFile.Load(path, new LoadImageFilesOptions { ShrinkAbove = null });
        var row = new ImageText { Image = image, Text = text, Phrases = [.. texts] };
        var view = _context.Data.LoadFromEnumerable([row]);
        var isOfClasses = use == TextDetectorUse.Objects;
        var asked = _detector.AskedFor(_context, use, Image, isOfClasses ? null : nameof(ImageText.Text), isOfClasses ? texts : [], options, view);
        var found = asked.Transform(view);
        var boxes = found.GetColumn<float[]>(options.PredictedBoundingBoxesColumnName).Single();
        var size = (image.Width, image.Height);
        if (use == TextDetectorUse.Expression)
        {
            var score = found.GetColumn<float>(options.ScoreColumnName).Single();
            return new(path, size.Width, size.Height, score > 0 ? [new(text, score, boxes, 0)] : []);
        }

        if (isOfClasses) found = _context.Transforms.Conversion.MapKeyToValue(options.PredictedLabelColumnName).Fit(found).Transform(found);
        var labels = found.GetColumn<string[]>(options.PredictedLabelColumnName).Single();
        var scores = found.GetColumn<float[]>(options.ScoreColumnName).Single();
        var numbers = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var name in texts.Concat(labels)) numbers.TryAdd(name, numbers.Count);
        var all = labels.Select((label, i) => new FoundBox(label, scores[i], boxes[(4 * i)..((4 * i) + 4)], numbers[label]));
        return new(path, size.Width, size.Height, [.. all]);
    }

    private sealed class ImageText
    {
        [ImageType(1, 2)]
        public MLImage? Image { get; set; }

        public string Text { get; set; } = "";

        public string[] Phrases { get; set; } = [];
    }
}
