using Space = MLNet.VisionLanguage.VisualQuestionAnsweringSpace;

namespace MLNet.VisionLanguage.Tool.Experiments;

/// <summary>What <c>vl experiment</c> is to do, as its file says.</summary>
internal sealed record ExperimentConfig
{
    public required ExperimentFiles Training { get; init; }

    /// <summary>The rows that trials are measured on; null to take them from <see cref="Training"/>.</summary>
    public ExperimentFiles? Validation { get; init; }

    /// <summary>The share of the training images to measure on; null with folds, or rows of their own.</summary>
    public double? ValidationFraction { get; init; }

    /// <summary>The folds of a cross-validation; null for none.</summary>
    public int? Folds { get; init; }

    public required SearchSpace Space { get; init; }

    public required string Output { get; init; }

    public required ExperimentMetric Metric { get; init; }

    public ExperimentTuner Tuner { get; init; }

    public int Seed { get; init; } = 1;

    public int Repetitions { get; init; } = 1;

    public double? Seconds { get; init; }

    public int? Trials { get; init; }

    public double? TrialSeconds { get; init; }

    public double? MegaBytes { get; init; }

    /// <summary>Whether each trial has a process of its own.</summary>
    public bool Processes { get; init; } = true;

    /// <summary>Reads a file.</summary>
    /// <exception cref="InvalidDataException">It is not as it should be; the message has file, line and key.</exception>
    public static ExperimentConfig Read(string path)
    {
        var file = YamlSection.Read(path);
        var data = file.Section("data") ?? throw file.Error("data", "the key is missing: the questions to learn");
        var budget = file.Section("budget") ?? throw file.Error("budget", "the key is missing: seconds or trials");
        var training = ExperimentFiles.Read(data, data)!;
        var config = new ExperimentConfig
        {
            Training = training,
            Validation = data.Section("validation") is { } validation ? ExperimentFiles.Read(validation, data) : null,
            ValidationFraction = data.Number("validation-fraction"),
            Folds = data.Whole("folds"),
            Space = SpaceSection.Read(file, training),
            Output = Path.Combine(file.Folder, file.Text("output") ?? throw file.Error("output", "the key is missing: the folder of results")),
            Metric = Metrics(file),
            Tuner = TunerOf(file),
            Seed = file.Whole("seed") ?? 1,
            Repetitions = file.Whole("repetitions") ?? 1,
            Processes = file.Truth("processes") ?? true,
            Seconds = Positive(budget, "seconds"),
            Trials = budget.Whole("trials"),
            TrialSeconds = Positive(budget, "trial-seconds"),
            MegaBytes = Positive(budget, "memory"),
        };
        int given = new object?[] { config.Validation, config.ValidationFraction, config.Folds }.Count(one => one is not null);
        if (given != 1) throw data.Error("validation", "expected is one of validation, validation-fraction and folds");
        if (config is { Seconds: null, Trials: null, Tuner: not ExperimentTuner.Grid }) throw file.Error("budget", "seconds or trials is needed");
        foreach (var section in new[] { file, data, budget }) section.RefuseUnknown();
        return config;
    }

    private static double? Positive(YamlSection section, string key) =>
        section.Number(key) is not { } number ? null : number > 0 ? number : throw section.Error(key, "a number above 0 is expected");

    private static ExperimentTuner TunerOf(YamlSection file) =>
        Enum.TryParse<ExperimentTuner>(file.Text("tuner") ?? nameof(ExperimentTuner.TreeParzen), ignoreCase: true, out var tuner) && Enum.IsDefined(tuner)
            ? tuner
            : throw file.Error("tuner", $"one of {string.Join(", ", Enum.GetNames<ExperimentTuner>())} is expected");

    private static ExperimentMetric Metrics(YamlSection file)
    {
        try
        {
            return file.Text("metric") is { } name ? ExperimentMetric.Find(name) : ExperimentMetric.Accuracy;
        }
        catch (ArgumentException e)
        {
            throw file.Error("metric", Failure.Describe(e).TrimEnd('.'));
        }
    }
}

/// <summary>Questions with their answers and what is seen.</summary>
/// <param name="Questions">The questions' file.</param>
/// <param name="Annotations">The annotations' file.</param>
/// <param name="Images">The folder of the images; null when there are only features.</param>
/// <param name="Features">Files of region features.</param>
internal sealed record ExperimentFiles(string Questions, string Annotations, string? Images, IReadOnlyList<string> Features)
{
    /// <summary>Reads the keys of a section; what it does not have of images and features is taken from the other.</summary>
    public static ExperimentFiles Read(YamlSection section, YamlSection common)
    {
        var images = section.ExistingPath("images") ?? common.ExistingPath("images");
        var own = section.Texts("features");
        string[] features = [.. (own.Count > 0 ? own : common.Texts("features")).Select(path => section.Existing("features", path))];
        if (images is null && features.Length == 0) throw common.Error("images", "the key is missing, and so is features: there is nothing to see");
        var files = new ExperimentFiles(Required("questions"), Required("annotations"), images, features);
        if (section != common) section.RefuseUnknown();
        return files;

        string Required(string key) => section.ExistingPath(key) ?? throw section.Error(key, "the key is missing");
    }

    public VqaDataset Open(CancellationToken cancellation) => VqaDataset.Load(
        Questions, Annotations, Images, new VqaDatasetOptions { FeatureFiles = Images is null ? Features : null, Cancellation = cancellation });
}

/// <summary>Reads what is searched.</summary>
internal static class SpaceSection
{
    public static SearchSpace Read(YamlSection file, ExperimentFiles files)
    {
        string[] features = files.Features.Count > 0 ? ["features:" + string.Join(';', files.Features)] : [];
        var all = file.Section("all");
        if (file.Section("search") is { } search)
            return all is null ? Own(search, features) : throw file.Error("all", "search and all exclude each other");
        string[] detectors = [.. all?.Texts("detectors").Select(detector => RegionPaths.OfDetector(all, "detectors", detector)) ?? []];
        string[] weights = [.. all?.Texts("initial-weights").Select(path => all.Existing("initial-weights", path)) ?? []];
        var epochs = all?.Whole("max-epochs") ?? 20;
        if (epochs < 2) throw all!.Error("max-epochs", "at least 2 is expected");
        all?.RefuseUnknown();
        return Space.Default(epochs, [.. features, .. detectors], weights, images: files.Images is not null);
    }

    private static SearchSpace Own(YamlSection search, string[] features)
    {
        var space = new SearchSpace();
        foreach (var name in search.Keys)
        {
            if (!Space.ParameterNames.Contains(name))
                throw search.Error(name, $"no parameter of visual question answering; known are {string.Join(", ", Space.ParameterNames)}");
            var own = search.IsSection(name) ? search.Section(name) : null;
            try
            {
                var (option, when) = own is null ? (new ChoiceOption([.. Expand(name, search.Values(name))]), null) : Option(own, name, Expand);
                space.Add(name, option, when);
                own?.RefuseUnknown();
            }
            catch (Exception e) when (e is ArgumentException or NotSupportedException)
            {
                throw search.Error(name, Failure.Describe(e).TrimEnd('.'));
            }

            // "features" stands for the files of the data.
            IEnumerable<object> Expand(string parameter, IEnumerable<object> values) => parameter != Space.RegionSource ? values
                : values.SelectMany(value => value is "features" && features.Length > 0 ? features.Cast<object>()
                    : [value is string source ? RegionPaths.Whole(search, name, source) : value]);
        }

        return space;
    }

    private static (ParameterOption Option, SearchCondition? When) Option(
        YamlSection own, string name, Func<string, IEnumerable<object>, IEnumerable<object>> expand)
    {
        SearchCondition? when = null;
        if (own.Section("when") is { } condition)
        {
            var other = condition.Keys.ToList() is [var single] ? single : throw own.Error("when", "one parameter with its values is expected");
            when = new(other, [.. expand(other, condition.Values(other))]);
        }

        if (own.Values("choice") is { Count: > 0 } choices) return (new ChoiceOption([.. expand(name, choices)]), when);
        var log = own.Truth("log") ?? false;
        if (own.Values("range") is not [var least, var most]) throw own.Error("range", "expected is choice: [...] or range: [least, most]");
        return (least, most) is (int from, int to)
            ? (new UniformIntOption(from, to, log, own.Whole("default")), when)
            : (new UniformDoubleOption(Number(least), Number(most), log, own.Number("default")), when);

        double Number(object value) => value is int or double
            ? Convert.ToDouble(value, System.Globalization.CultureInfo.InvariantCulture)
            : throw own.Error("range", $"numbers are expected, found '{value}'");
    }
}
