using Microsoft.ML;
using MLNet.VisionLanguage.Datasets;
using MLNet.VisionLanguage.Regions;

namespace MLNet.VisionLanguage;

/// <summary>
/// Questions joined with their images and, for training and evaluation, with the annotators' answers. Everything that does not fit
/// together is counted in <see cref="Problems"/>.
/// </summary>
public sealed class VqaDataset
{
    private VqaDataset(
        IReadOnlyList<VqaExample> examples,
        IReadOnlyList<VqaAnnotation> annotations,
        IReadOnlyList<DatasetProblem> problems,
        IReadOnlyList<string> answers)
    {
        Examples = examples;
        Annotations = annotations;
        Problems = problems;
        Answers = answers;
    }

    /// <summary>The rows in the order of the questions file.</summary>
    public IReadOnlyList<VqaExample> Examples { get; }

    /// <summary>The annotations of <see cref="Examples"/>, in their order; empty when there are none.</summary>
    public IReadOnlyList<VqaAnnotation> Annotations { get; }

    /// <summary>What was left out and why.</summary>
    public IReadOnlyList<DatasetProblem> Problems { get; }

    /// <summary>The answers the data set itself lists (easy-VQA's answers.txt); otherwise empty.</summary>
    public IReadOnlyList<string> Answers { get; }

    /// <summary>Loads files in the VQA v2 format.</summary>
    /// <param name="questionsPath">The questions, .json or .json.gz.</param>
    /// <param name="annotationsPath">The annotations, .json or .json.gz; null for questions only.</param>
    /// <param name="imageFolder">
    /// The folder of the images; null when region features are used instead, see <see cref="VqaDatasetOptions.FeatureFiles"/>.
    /// </param>
    /// <param name="options">Reading options.</param>
    /// <exception cref="FileNotFoundException">A file does not exist.</exception>
    /// <exception cref="DirectoryNotFoundException">The image folder does not exist.</exception>
    /// <exception cref="InvalidDataException">A file is not in the format, the files do not fit together, or there is no question.</exception>
    public static VqaDataset Load(string questionsPath, string? annotationsPath, string? imageFolder, VqaDatasetOptions? options = null)
    {
        options ??= new VqaDatasetOptions();
        var (resolver, images) = Find(imageFolder, options);
        var file = VqaFiles.ReadQuestions(questionsPath, resolver.Fields);
        var annotations = annotationsPath is null ? null : VqaFiles.ReadAnnotations(annotationsPath);
        return Join(questionsPath, file, annotations, resolver, images, [], options);
    }

    /// <summary>
    /// Loads questions in LXMERT's own form (airsplay/lxmert): a list of img_id, sent, question_id and, but for test parts, label, a
    /// dictionary of answers and their scores 0..1, which are the row's Answers and AnswerScores as they are. There are no
    /// <see cref="Annotations"/>. As in the reference questions whose image is missing are left out; <see cref="Problems"/> counts them.
    /// </summary>
    /// <param name="questionsPaths">Files that are read as one, such as train.json and nominival.json; also .json.gz.</param>
    /// <param name="imageFolder">As in <see cref="Load"/>; null also for the questions alone.</param>
    /// <param name="options">Reading options.</param>
    /// <inheritdoc cref="Load" path="/exception"/>
    public static VqaDataset LoadLxmert(IReadOnlyList<string> questionsPaths, string? imageFolder, VqaDatasetOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(questionsPaths);
        options ??= new VqaDatasetOptions();
        var (resolver, images) = Find(imageFolder, options);
        var file = LxmertFiles.ReadQuestions(questionsPaths, resolver.Fields);
        return Join(string.Join(", ", questionsPaths), file, null, resolver, images with { MayBeMissing = true }, [], options);
    }

    /// <summary>
    /// Loads a folder in easy-VQA's layout: questions.json = [[question, answer, image id], ...], images/&lt;id&gt;.png, and answers.txt
    /// in the folder or its parent. Question ids are the row indices; an answer counts as given by all of ten annotators.
    /// </summary>
    /// <param name="folder">The folder with questions.json.</param>
    /// <param name="options">Reading options.</param>
    /// <exception cref="FileNotFoundException">There is no questions.json.</exception>
    /// <exception cref="DirectoryNotFoundException">There is no images folder.</exception>
    /// <exception cref="InvalidDataException">A row is not in the format, or files do not fit together.</exception>
    public static VqaDataset LoadEasyVqa(string folder, VqaDatasetOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        options ??= new VqaDatasetOptions();
        var questionsPath = Path.Combine(folder, "questions.json");
        var (questions, annotations) = EasyVqaFile.Read(questionsPath);
        var images = Path.Combine(folder, "images");
        var resolver = new ImageFileResolver(images, options.ImagePattern);
        return Join(questionsPath, questions, annotations, resolver, new Images(HasFiles: true, Features: null), EasyVqaFile.ReadAnswers(folder), options);
    }

    /// <summary>The examples as a data view with the columns of <see cref="VqaExample"/>.</summary>
    /// <param name="mlContext">The context.</param>
    public IDataView ToDataView(MLContext mlContext)
    {
        ArgumentNullException.ThrowIfNull(mlContext);
        return mlContext.Data.LoadFromEnumerable(Examples);
    }

    private static (ImageFileResolver Resolver, Images Images) Find(string? imageFolder, VqaDatasetOptions options)
    {
        var features = options.FeatureFiles is { Count: > 0 } files ? new RegionFeatureFiles(files) : null;
        if (features is not null && imageFolder is not null)
            throw new ArgumentException($"{nameof(options.FeatureFiles)} and an image folder exclude each other.", nameof(options));
        var resolver = features is null
            ? new ImageFileResolver(imageFolder, options.ImagePattern)
            : new ImageFileResolver(features, options.ImagePattern);
        return (resolver, new(imageFolder is not null, features));
    }

    private static VqaDataset Join(
        string questionsPath,
        VqaQuestionFile file,
        IReadOnlyList<VqaAnnotation>? annotations,
        ImageFileResolver resolver,
        Images images,
        IReadOnlyList<string> answers,
        VqaDatasetOptions options)
    {
        var problems = new ProblemCounter();
        var byQuestion = annotations is null ? null : Index(annotations, problems);
        var seen = new HashSet<Identifier>(file.Questions.Count);
        var examples = new List<VqaExample>(file.Questions.Count);
        var kept = new List<VqaAnnotation>();
        var normalized = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var question in file.Questions)
        {
            VqaAnnotation? annotation = null;
            string? image = null;
            if (!seen.Add(question.QuestionId))
                problems.Add(DatasetProblemKind.DuplicateQuestion, $"question {question.QuestionId}");
            else if (string.IsNullOrWhiteSpace(question.Question))
                problems.Add(DatasetProblemKind.EmptyQuestion, $"question {question.QuestionId}");
            else if (byQuestion is not null && !byQuestion.TryGetValue(question.QuestionId, out annotation))
                problems.Add(DatasetProblemKind.QuestionWithoutAnnotation, $"question {question.QuestionId}");
            else if ((image = resolver.Resolve(question, file.DataSubtype)) is null && images.AreChecked)
                problems.Add(DatasetProblemKind.MissingImage, $"question {question.QuestionId}, {resolver.Describe(question, file.DataSubtype)}");
            else
            {
                examples.Add(CreateExample(question, annotation, image, images, options, normalized));
                if (annotation is not null) kept.Add(annotation);
            }
        }

        foreach (var annotation in byQuestion?.Values.Where(a => !seen.Contains(a.QuestionId)) ?? [])
            problems.Add(DatasetProblemKind.AnnotationWithoutQuestion, $"question {annotation.QuestionId}");
        if (images.AreChecked && (options.CheckImages ?? options.SkipProblems)) RemoveUnreadable(examples, kept, images, problems, options);

        var found = problems.ToList();
        var refused = options.SkipProblems
            ? []
            : found.Where(problem => !(images.MayBeMissing && problem.Kind == DatasetProblemKind.MissingImage)).ToList();
        if (refused.Count > 0)
            throw new InvalidDataException($"{questionsPath}: {string.Join("; ", refused)}. Set SkipProblems to leave such rows out.");
        if (examples.Count == 0)
            throw new InvalidDataException($"{questionsPath}: no question is left to use{(found.Count == 0 ? "" : ": " + string.Join("; ", found))}.");
        return new VqaDataset(examples, kept, found, answers);
    }

    private static void RemoveUnreadable(
        List<VqaExample> examples, List<VqaAnnotation> kept, Images images, ProblemCounter problems, VqaDatasetOptions options)
    {
        var reasons = ImageCheck.FindProblems(examples.Select(images.Of), images.FindProblem, options);
        if (reasons.Count == 0) return;
        var description = ImageCheck.Describe(examples, images.Of, reasons);
        var unreadable = examples.Where(example => reasons.ContainsKey(images.Of(example))).Select(example => example.Identifier).ToHashSet();
        var kind = images.Features is null ? DatasetProblemKind.UnreadableImage : DatasetProblemKind.UnreadableFeatures;
        foreach (var _ in unreadable) problems.Add(kind, description);
        examples.RemoveAll(example => unreadable.Contains(example.Identifier));
        kept.RemoveAll(annotation => unreadable.Contains(annotation.QuestionId));
    }

    private static Dictionary<Identifier, VqaAnnotation> Index(IReadOnlyList<VqaAnnotation> annotations, ProblemCounter problems)
    {
        var byQuestion = new Dictionary<Identifier, VqaAnnotation>(annotations.Count);
        foreach (var annotation in annotations)
        {
            if (!byQuestion.TryAdd(annotation.QuestionId, annotation))
                problems.Add(DatasetProblemKind.DuplicateAnnotation, $"question {annotation.QuestionId}");
        }

        return byQuestion;
    }

    private static VqaExample CreateExample(
        VqaQuestion question, VqaAnnotation? annotation, string? image, Images images, VqaDatasetOptions options, Dictionary<string, string> normalized)
    {
        var targets = annotation is not null ? Targets(annotation, options.VqaSoftScores, normalized)
            : question.Label is { } label ? label.Answers.Zip(label.Scores, KeyValuePair.Create).ToList()
            : [];
        return new VqaExample
        {
            Identifier = question.QuestionId,
            ImageId = image is null ? question.ImageId.Text : images.Features is null ? ImageFileResolver.NameWithoutExtension(image) : image,
            ImagePath = images.HasFiles ? image! : "",
            Question = question.Question,
            Answers = [.. targets.Select(t => t.Key)],
            AnswerScores = [.. targets.Select(t => t.Value)],
            QuestionType = annotation?.QuestionType ?? question.Label?.QuestionType ?? "",
            AnswerType = annotation?.AnswerType ?? question.Label?.AnswerType ?? "",
        };
    }

    private static IReadOnlyList<KeyValuePair<string, float>> Targets(
        VqaAnnotation annotation, bool softScores, Dictionary<string, string> normalized)
    {
        var answers = annotation.Answers.Select(a => a.Answer);
        if (softScores && annotation.Answers.Count > 1) return VqaSoftTargets.FromAnswers(answers, normalized);

        // With a single annotator the table would cap the only answer at 0.3.
        return answers.CountBy(a => a, StringComparer.Ordinal)
            .Select(c => KeyValuePair.Create(c.Key, (float)c.Value / annotation.Answers.Count))
            .ToList();
    }

    /// <summary>Where the images of a data set are: in files, in rows of features, or not known here.</summary>
    private sealed record Images(bool HasFiles, RegionFeatureFiles? Features)
    {
        /// <summary>Whether questions about images that are missing are left out without a word more.</summary>
        public bool MayBeMissing { get; init; }

        public bool AreChecked => HasFiles || Features is not null;

        public string Of(VqaExample example) => HasFiles ? example.ImagePath : example.ImageId;

        public string? FindProblem(string image)
        {
            if (Features is null) return ImageFile.FindProblem(image);
            try
            {
                Features.Read(image);
                return null;
            }
            catch (InvalidDataException e)
            {
                return e.Message;
            }
        }
    }

    private sealed class ProblemCounter
    {
        private readonly SortedDictionary<DatasetProblemKind, (int Count, string First)> _found = [];

        public void Add(DatasetProblemKind kind, string example) =>
            _found[kind] = _found.TryGetValue(kind, out var now) ? (now.Count + 1, now.First) : (1, example);

        public IReadOnlyList<DatasetProblem> ToList() => _found.Select(f => new DatasetProblem(f.Key, f.Value.Count, f.Value.First)).ToList();
    }
}
