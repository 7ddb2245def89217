using System.CommandLine;
using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using MLNet.VisionLanguage.Datasets;
using MLNet.VisionLanguage.Tool.Data;
using MLNet.VisionLanguage.Tool.Models;

namespace MLNet.VisionLanguage.Tool.Commands;

/// <summary><c>vl score</c>: answers one question, or a file of them.</summary>
internal sealed class ScoreCommand
{
    private static readonly JsonSerializerOptions Readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly Option<string> _model = Options.Required("--model", "The model file.", "ZIP");
    private readonly Option<string?> _question = Options.Optional<string?>("--question", "One question to answer.", "TEXT");
    private readonly Option<string?> _image = Options.Optional<string?>("--image", "The image it is about.", "FILE");
    private readonly Option<string?> _imageId =
        Options.Optional<string?>("--image-id", "The image it is about, as --features names it.", "ID");
    private readonly Option<int> _top = Options.Default("--top", "How many answers to show.", 5, "N");
    private readonly Option<bool> _json = Options.Optional<bool>("--json", "Write the answers as JSON.");
    private readonly Option<string?> _output =
        Options.Optional<string?>("--output", "Where the answers to --questions go, in the VQA result format.", "FILE");
    private readonly DataOptions _data;
    private readonly Terminal _terminal;

    private ScoreCommand(Command command, Terminal terminal)
    {
        _terminal = terminal;
        foreach (var option in new Option[] { _model, _question, _image, _imageId, _top, _json })
            command.Add(option);
        _data = new DataOptions(command, annotated: false);
        command.Add(_output);
    }

    public static Command Create(Terminal terminal)
    {
        var command = new Command("score", "Answer one question about an image, or a file of questions.");
        var score = new ScoreCommand(command, terminal);
        command.SetAction(score.Run);
        return command;
    }

    private int Run(ParseResult parsed)
    {
        if (parsed.GetValue(_question) is { } question)
            AnswerOne(parsed, question);
        else if (_data.IsGiven(parsed))
            AnswerAll(parsed);
        else
            throw new UsageException("Either --question with --image, or --questions (or --layout) with --output is needed.");
        return 0;
    }

    private void AnswerOne(ParseResult parsed, string question)
    {
        if (_data.IsGiven(parsed))
            throw new UsageException("--question and a data set exclude each other.");
        if (string.IsNullOrWhiteSpace(question))
            throw new UsageException("--question is empty.");
        if (parsed.GetValue(_top) < 1)
            throw new UsageException($"--top {parsed.GetValue(_top)}: at least 1 is needed.");
        var features = _data.FeatureFiles(parsed);
        var example = new VqaExample { Question = question };
        if (features.Count > 0)
        {
            example.ImageId = parsed.GetValue(_imageId)
                ?? throw new UsageException("--features needs --image-id: which of its images the question is about.");
        }
        else
        {
            var image = parsed.GetValue(_image) ?? throw new UsageException("--question needs --image, or --features with --image-id.");
            if (!File.Exists(image))
                throw new FileNotFoundException($"--image: the file '{image}' does not exist.", image);
            example.ImagePath = Path.GetFullPath(image);
        }

        using var model = AnswerModelFile.Load(parsed.GetRequiredValue(_model));
        var answers = model.Answer([example], features, parsed.GetValue(_top)).Single().Answers;
        Write(parsed.GetValue(_json), question, example, answers);
    }

    private void Write(bool asJson, string question, VqaExample example, IReadOnlyList<ScoredAnswer> answers)
    {
        if (asJson)
        {
            var image = example.ImagePath.Length > 0 ? example.ImagePath : example.ImageId;
            var result = new { question, image, answers = answers.Select(a => new { answer = a.Answer, probability = a.Probability }) };
            _terminal.Output.WriteLine(JsonSerializer.Serialize(result, Readable));
        }
        else
        {
            var width = answers.Max(a => a.Answer.Length);
            foreach (var (answer, probability) in answers)
                _terminal.Output.WriteLine($"{answer.PadRight(width)}  {probability.ToString("F4", CultureInfo.InvariantCulture)}");
        }

        _terminal.Output.Flush();
    }

    private void AnswerAll(ParseResult parsed)
    {
        var output = parsed.GetValue(_output) ?? throw new UsageException("--output is needed: where the answers go.");
        if (parsed.GetValue(_image) is not null || parsed.GetValue(_imageId) is not null)
            throw new UsageException("--image and --image-id belong to --question; a data set's images are in --images.");
        OutputFile.Check(_output, output);
        var data = _data.Open(parsed, _terminal);
        using var model = AnswerModelFile.Load(parsed.GetRequiredValue(_model));
        var count = Display.Run(_terminal, "scoring", meter =>
        {
            var answered = model.Answer(data.Examples, _data.FeatureFiles(parsed), top: 1);
            var counted = Display.Count(answered, meter, data.Examples.Count, "scored", _terminal.Cancellation);
            VqaFiles.WriteResults(output, counted.Select(row => new VqaResult(row.QuestionId, row.Best.Answer)));
            return data.Examples.Count;
        });
        _terminal.Note($"wrote {count} answers to {output}");
    }
}
