using System.CommandLine;
using System.Globalization;
using Microsoft.ML;
using MLNet.VisionLanguage.Files;
using MLNet.VisionLanguage.Images;
using MLNet.VisionLanguage.Regions;
using MLNet.VisionLanguage.Tool.Data;
using MLNet.VisionLanguage.Tool.Extracting;
using MLNet.VisionLanguage.Tool.Models;
using MLNet.VisionLanguage.Tool.Tasks;

namespace MLNet.VisionLanguage.Tool.Commands;

/// <summary>
/// <c>vl ask</c>: an answer about a picture of one's own, by a model file or a published model. What is missing is fetched and converted; a model that is
/// given regions gets those that a detector finds in the picture.
/// </summary>
internal sealed class AskCommand(QuestionAnswering task, Terminal terminal)
{
    private const string Usual = "lxmert-vqa";

    private readonly Argument<string> _image = new("IMAGE") { Description = "The picture." };
    private readonly Argument<string> _question = new("QUESTION") { Description = "What to know of it." };
    private readonly Option<string> _model = Options.Default(
        "--model", "A model file, or the name of a published model ('vl models list').", Usual, "NAME|ZIP");

    private readonly Option<string?> _detector = Options.Optional<string?>(
        "--detector",
        $"What finds the regions of a model that is given them: a model file, or {string.Join(", ", RegionExtractor.Detectors.Keys)}; without, the catalog's "
        + "for a published model.",
        "NAME|ZIP");

    private readonly Option<string?> _answers = Options.Optional<string?>(
        "--answers", "The answers that a published model's classifier tells apart, where they are published with no file.", "FILE");

    private readonly Option<int> _top = Options.Default("--top", "How many answers to tell.", 5, "N");
    private readonly Option<bool> _json = Options.Optional<bool>("--json", "Write a JSON object.");
    private readonly Option<bool> _yes = Options.Optional<bool>("--yes", "Fetch what is missing without asking, however much it is.");
    private readonly Option<string?> _report = Options.Optional<string?>("--report", "Write a page with the picture and the answers.", "HTML");
    private readonly Option<string?> _catalog = Options.Optional<string?>(
        "--catalog", "Published models of your own besides: a file in the form of the catalog, or a folder of such files.", "FILE");

    public Command Create()
    {
        var command = new Command("ask", "Answer a question about a picture.")
        {
            _image, _question, _model, _detector, _answers, _top, _json, _yes, _report, _catalog,
        };
        command.SetAction(parsed =>
        {
            Run(parsed);
            return 0;
        });
        return command;
    }

    private void Run(ParseResult parsed)
    {
        var (path, question, top) = (parsed.GetRequiredValue(_image), parsed.GetRequiredValue(_question), parsed.GetValue(_top));
        if (top < 1) throw new UsageException($"{_top.Name} {top}: at least 1 is needed.");
        if (string.IsNullOrWhiteSpace(question)) throw new UsageException("QUESTION is empty.");
        var image = File.Exists(path) ? Path.GetFullPath(path) : throw new FileNotFoundException($"IMAGE: the file '{path}' does not exist.", path);
        var report = parsed.GetValue(_report) is { } page ? OutputFile.Check(_report, page) : null;
        var (zip, detector) = Model(parsed);
        using var model = ModelFile.Load(zip, task, terminal);
        var row = new VqaExample { Question = question, ImagePath = image, ImageId = ImageFolder.NameOf(image) };
        AnsweredQuestion answered;
        if (model.OpensImages)
        {
            if (parsed.GetValue(_detector) is not null) throw new UsageException($"{_detector.Name}: the model '{zip}' looks at images itself.");
            answered = task.Predict(model, [row], [], top, null, terminal.Cancellation).Single();
        }
        else
        {
            var regions = parsed.GetValue(_detector) ?? detector?.Invoke() ?? throw new UsageException(
                $"{_detector.Name} is needed: the model '{zip}' is given regions. It is a model file, or {string.Join(", ", RegionExtractor.Detectors.Keys)}.");
            answered = Ask(model, regions, row, top);
        }

        task.Write(terminal.Output, parsed.GetValue(_json), row, answered);
        terminal.Output.Flush();
        if (report is null) return;
        var lines = answered.Answers.Select(one => $"{PicturePage.Escape(one.Answer)} <i>{one.Probability.ToString("F4", CultureInfo.InvariantCulture)}</i>");
        PicturePage.Write(report, question, [(Thumbnail.Of(image).Uri, image, string.Join("<br>", lines))], terminal.Cancellation);
        terminal.Note($"wrote {report}");
    }

    /// <summary>The model file, and where it is of a published model what makes the file of its detector when that is needed.</summary>
    private (string Zip, Func<string>? Detector) Model(ParseResult parsed)
    {
        var name = parsed.GetRequiredValue(_model);
        if (File.Exists(name) || name.EndsWith(".zip", StringComparison.OrdinalIgnoreCase)) return (CheckpointFiles.Existing(_model.Name, name), null);
        var hub = new HubOptions { OwnEntries = parsed.GetValue(_catalog) is { } own ? CheckpointFiles.Existing(_catalog.Name, own) : null };
        var models = new MLContext().VisionLanguage().Models.With(hub);
        var model = models.List().FirstOrDefault(one => one.Name.Equals(name, StringComparison.OrdinalIgnoreCase))
            ?? throw new UsageException($"{_model.Name} {name}: it is neither a model file nor a published model; 'vl models list' has their names.");
        var answers = parsed.GetValue(_answers) is { } file ? CheckpointFiles.Existing(_answers.Name, file) : null;
        var (ready, yes) = (new ReadyModel(models, hub.CacheFolder, terminal), parsed.GetValue(_yes));
        return (ready.Answering(model.Name, answers, yes), () => ready.DetectorOf(model, yes));
    }

    private AnsweredQuestion Ask(ModelFile model, string detector, VqaExample row, int top)
    {
        var folder = TemporaryFiles.NewFolder("ask");
        try
        {
            var context = new MLContext();
            var file = Path.Combine(folder, "regions.safetensors");
            using (var extractor = RegionExtractor.OpenDetector(detector, null, context))
            using (var writer = RegionFeatureWriter.Create(file, new()))
            {
                var view = extractor.Transform(context.Data.LoadFromEnumerable([new ExtractedImage { ImageId = row.ImageId, ImagePath = row.ImagePath }]));
                UnreadableImage.Name([task.Facts(row)], () => new RegionFeatureSaving(nameof(ExtractedImage.ImageId), []).Save(
                    view, writer, null, terminal.Cancellation,
                    _ => throw new InvalidDataException($"{row.ImagePath}: the detector '{detector}' finds no region in it.")));
                writer.Complete();
            }

            return task.Predict(model, [row], [file], top, null, terminal.Cancellation).Single();
        }
        finally
        {
            TemporaryFiles.Remove(folder);
        }
    }
}
