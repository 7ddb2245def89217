using System.Text.Json;
using System.Text.Json.Serialization;
using MLNet.VisionLanguage.Checkpoints;
using MLNet.VisionLanguage.Columns;
using MLNet.VisionLanguage.Engine;
using MLNet.VisionLanguage.Files;
using MLNet.VisionLanguage.Layers;
using MLNet.VisionLanguage.Models;

namespace MLNet.VisionLanguage;

/// <summary>
/// A vision-and-language transformer as its reference configures it: <see cref="ViLbertConfig"/>, <see cref="LxmertConfig"/>,
/// <see cref="VlBertConfig"/> or <see cref="FiberConfig"/>. It knows no task; every task of this library takes any of them.
/// </summary>
[JsonConverter(typeof(VisionLanguageModelConverter))]
public abstract record VisionLanguageModel
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    private protected VisionLanguageModel()
    {
    }

    /// <summary>The architectures there are, by <see cref="Kind"/>.</summary>
    public static IReadOnlyList<string> Kinds => ModelKinds.Names;

    /// <summary>The name of the architecture in saved models, such as "vilbert"; <see cref="Kinds"/> has all.</summary>
    [JsonIgnore]
    public abstract string Kind { get; }

    /// <summary>Number of word pieces.</summary>
    public abstract int VocabularySize { get; init; }

    /// <summary>Rows of the position table.</summary>
    public abstract int MaxPositions { get; init; }

    /// <summary>Number of segment types.</summary>
    public abstract int TokenTypes { get; init; }

    /// <summary>Width of a region feature; 2048 for bottom-up attention features.</summary>
    public abstract int RegionFeatureSize { get; init; }

    /// <summary>Width of the text states.</summary>
    [JsonIgnore]
    public abstract int TextSize { get; }

    /// <summary>The longest text, in tokens, that the position table has room for.</summary>
    [JsonIgnore]
    public virtual int MaxTokens => MaxPositions;

    /// <summary>Standard deviation of freshly initialised weights.</summary>
    public abstract double InitializerRange { get; init; }

    /// <summary>The architecture's name in messages.</summary>
    internal abstract string Title { get; }

    /// <summary>Bounds of the input columns' values.</summary>
    internal ColumnLimits Limits =>
        new(VocabularySize, MaxTokens, TokenTypes, RegionFeatureSize, ImageSide, PaddingWord, ReadsBoxes);

    /// <summary>Pixels on a side of the image of a model that takes it whole; 0 for one that takes features of regions.</summary>
    internal virtual int ImageSide => 0;

    /// <summary>Whether a model that takes the image whole is told the boxes to look at.</summary>
    internal virtual bool ReadsBoxes => false;

    /// <summary>The word that texts are filled up with.</summary>
    internal virtual int PaddingWord => 0;

    /// <summary>The word that stands for a hidden one where no vocabulary tells: [MASK] in BERT's uncased vocabulary.</summary>
    internal virtual int MaskWord => 103;

    /// <summary>Width of the widest stream.</summary>
    internal virtual int Width => TextSize;

    /// <summary>Parts of parameter names that no other architecture has.</summary>
    internal abstract IReadOnlyList<string> NameSigns { get; }

    /// <summary>How names in published checkpoints may differ from the model's own.</summary>
    internal abstract ParameterMatchOptions CheckpointNames { get; }

    /// <summary>The reference's classifiers that answer questions.</summary>
    internal abstract IReadOnlyList<AnswerClassifier> AnswerClassifiers { get; }

    /// <summary>Width of the joint vector.</summary>
    internal virtual int JointSize => TextSize;

    /// <summary>Whether a token can be about an object of its own (<see cref="ModelInputs{T}.RegionTags"/>).</summary>
    internal virtual bool ReadsTags => false;

    /// <summary>Whether the reference's training scripts decay biases and the gains of LayerNorms as well.</summary>
    internal virtual bool DecaysEverything => false;

    /// <summary>A parameter with what the reference's training script says of it beyond what it is for.</summary>
    internal virtual ModelParameter Grouped(ModelParameter parameter) =>
        DecaysEverything ? parameter with { IsDecayed = true } : parameter;

    /// <summary>Reads a model of some kind from its reference's JSON.</summary>
    /// <param name="kind">The architecture, see <see cref="Kind"/>.</param>
    /// <param name="json">The configuration; options it does not name keep the published defaults.</param>
    /// <exception cref="NotSupportedException">There is no such kind; the message lists those there are.</exception>
    /// <exception cref="InvalidDataException">The text is no JSON object, or an option has a value of the wrong kind.</exception>
    /// <exception cref="ArgumentException">The options contradict each other or ask for something this library does not do.</exception>
    public static VisionLanguageModel FromJson(string kind, string json)
    {
        ArgumentNullException.ThrowIfNull(kind);
        ArgumentNullException.ThrowIfNull(json);
        return ModelKinds.Find(kind).Read(json, $"the {kind} configuration");
    }

    /// <summary>Reads a model of some kind from its reference's configuration file.</summary>
    /// <param name="kind">The architecture, see <see cref="Kind"/>.</param>
    /// <param name="path">The JSON file, or a folder with config.json in it.</param>
    /// <inheritdoc cref="FromJson(string, string)"/>
    public static VisionLanguageModel Load(string kind, string path)
    {
        ArgumentNullException.ThrowIfNull(kind);
        ArgumentNullException.ThrowIfNull(path);
        var file = ModelFolder.ConfigurationOf(path);
        return ModelKinds.Find(kind).Read(TextFile.ReadAllText(file), file);
    }

    /// <summary>The model a checkpoint was made by, as far as its names tell.</summary>
    /// <param name="names">The names of its tensors.</param>
    /// <returns>
    /// "ViLBERT", "LXMERT", "VL-BERT", "FIBER", "Faster R-CNN", "BERT" or "AllenNLP's ViLBERT", which is another network; null when the names
    /// do not tell.
    /// </returns>
    public static string? Guess(IEnumerable<string> names)
    {
        ArgumentNullException.ThrowIfNull(names);
        return ModelKinds.Guess([.. names.Select(VisionLanguage.CheckpointNames.Normalize)]);
    }

    /// <summary>The configuration in the reference's JSON.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, GetType(), Indented);

    /// <summary>Reads a configuration of this kind and checks it.</summary>
    /// <param name="json">The configuration.</param>
    /// <param name="source">What to call it in messages.</param>
    internal abstract VisionLanguageModel Read(string json, string source);

    /// <summary>Throws when the options cannot make a model.</summary>
    /// <param name="source">What to call the configuration in messages.</param>
    internal abstract void Validate(string source);

    /// <inheritdoc cref="Validate(string)"/>
    internal void Validate() => Validate($"the {Title} configuration");

    /// <summary>Runs the trunk on an engine, from the pipeline's columns to states.</summary>
    internal abstract ModelStates<T> Build<T>(IRegionEngine<T> engine, ModelInputs<T> inputs, Recorder<T>? record = null)
        where T : class;

    /// <summary>Runs all heads of the reference's published checkpoints, so that a report on a file knows its every name.</summary>
    /// <param name="engine">The engine.</param>
    /// <param name="states">The trunk's states.</param>
    /// <param name="classes">The number of classes of a classifier, by the name of its last linear.</param>
    internal virtual void BuildPublishedHeads<T>(IEngine<T> engine, ModelStates<T> states, Func<string, int> classes)
        where T : class
    {
        using var marks = engine.Mark(ParameterMarks.Head);
        foreach (var classifier in AnswerClassifiers.DistinctBy(classifier => classifier.Name))
            classifier.Layers.Run(engine, states.Joint, classes(classifier.Layers.Output));
    }

    /// <summary>The model as it is pre-trained.</summary>
    /// <param name="regionNumbers">How many numbers the target of a masked region has; null leaves the configuration's.</param>
    internal abstract VisionLanguageModel ForPretraining(int? regionNumbers);

    /// <summary>The model as it is pre-trained on texts without an image as well; null where its reference is not.</summary>
    internal virtual VisionLanguageModel? WithTexts() => null;

    /// <summary>The same, with questions to answer among what it is pre-trained on; null where its reference answers none.</summary>
    /// <param name="answers">How many answers there are.</param>
    internal virtual VisionLanguageModel? WithPretrainingAnswers(int answers) => null;

    /// <summary>Logits of whether text and image belong together, [B, 2], of states under pre-training's names.</summary>
    internal abstract T Match<T>(IEngine<T> engine, ModelStates<T> states)
        where T : class;

    /// <summary>The class of <see cref="Match"/> that says they do.</summary>
    [JsonIgnore]
    internal abstract int PairClass { get; }

    /// <summary>
    /// How the text attends to the regions in the last layer where it reads them, the mean over the heads, [B, L, N] without what the whole
    /// image gets. Row 0 is where the model answers: [CLS], or the answer slot of a model that has one.
    /// </summary>
    /// <param name="engine">The engine.</param>
    /// <param name="inputs">What <see cref="Build"/> was given.</param>
    /// <param name="recorded">What it recorded.</param>
    internal abstract T AttendRegions<T>(IEngine<T> engine, ModelInputs<T> inputs, IReadOnlyDictionary<string, T> recorded)
        where T : class;

    /// <summary>The mean over the heads of recorded attention probabilities, [B, queries, keys].</summary>
    private protected T MeanAttention<T>(IEngine<T> engine, IReadOnlyDictionary<string, T> recorded, string mark, int heads)
        where T : class => recorded.TryGetValue(mark, out var probabilities)
            ? engine.Affine(engine.Sum(probabilities, 1, keepAxis: false), 1f / heads)
            : throw new ArgumentException($"This {Title} has no layer in which the text reads the regions, so no attention to show.");

    /// <summary>What ends each layer that updates the states of tokens or regions, in the order they run.</summary>
    internal abstract IReadOnlyList<FeedForwardSublayer> LayersOf(Modality stream);

    /// <summary>
    /// Of a recorded state of a stream the part that is the row's own tokens or regions, [B, L, width] or [B, N, width]: without a task's token,
    /// the whole image or an answer slot.
    /// </summary>
    /// <param name="engine">The engine.</param>
    /// <param name="inputs">What <see cref="Build"/> was given.</param>
    /// <param name="recorded">What it recorded.</param>
    /// <param name="stream">Whose states are asked for.</param>
    /// <param name="state">What one of <see cref="LayersOf"/> recorded.</param>
    internal abstract T OwnStates<T>(
        IEngine<T> engine, ModelInputs<T> inputs, IReadOnlyDictionary<string, T> recorded, Modality stream, T state)
        where T : class;

    /// <summary>Reads texts each word with those before it, over an image: what is said of the next word.</summary>
    /// <exception cref="NotSupportedException">The model writes no captions.</exception>
    internal virtual ModelStates<T> Describe<T>(IRegionEngine<T> engine, ModelInputs<T> inputs)
        where T : class => throw WritesNothing();

    /// <summary>Logits of the next word at every place, [B, L, vocabulary], of what <see cref="Describe"/> gave.</summary>
    /// <exception cref="NotSupportedException">The model writes no captions.</exception>
    internal virtual T PredictWords<T>(IEngine<T> engine, ModelStates<T> states)
        where T : class => throw WritesNothing();

    /// <summary>Writes captions of images word by word.</summary>
    /// <param name="engine">The engine.</param>
    /// <param name="pixels">[B, 3 · side · side].</param>
    /// <exception cref="NotSupportedException">The model writes no captions.</exception>
    internal virtual CaptionSteps<T> Write<T>(IRegionEngine<T> engine, T pixels)
        where T : class => throw WritesNothing();

    /// <summary>Numbers of the vectors that <see cref="Encode"/> makes; 0 where the model reads text and image together alone.</summary>
    [JsonIgnore]
    internal virtual int EmbeddingSize => 0;

    /// <summary>How many earlier vectors a batch of contrastive learning is compared with where nothing else is said.</summary>
    [JsonIgnore]
    internal virtual int QueueLength => 0;

    /// <summary>Reads text and image each by itself, or one alone: as pooled states, vectors of length 1 that are compared by their inner product.</summary>
    /// <exception cref="NotSupportedException">The model reads both together alone.</exception>
    internal virtual ModelStates<T> Encode<T>(IImageEngine<T> engine, ModelInputs<T> inputs)
        where T : class => throw new NotSupportedException(EncodesNothing);

    /// <summary>What similarities of <see cref="Encode"/>'s vectors are divided by when they are learnt, a scalar.</summary>
    /// <exception cref="NotSupportedException">The model reads both together alone.</exception>
    internal virtual T Temperature<T>(IEngine<T> engine)
        where T : class => throw new NotSupportedException(EncodesNothing);

    /// <summary>What there is to say of a model that has no <see cref="Encode"/>.</summary>
    [JsonIgnore]
    internal string EncodesNothing => $"{Title} reads text and image together alone, so neither has an embedding; FIBER's have.";

    private NotSupportedException WritesNothing() => new($"{Title} writes no captions; FIBER does.");

    /// <summary>Runs all heads of pre-training, so that their parameters are known.</summary>
    internal abstract void BuildPretraining<T>(IRegionEngine<T> engine, ModelInputs<T> inputs)
        where T : class;

    /// <summary>The classifier of another task; that of the reference, or where it has none one in the manner of its others.</summary>
    internal abstract TaskClassifier ClassifierFor(ClassifierUse use);

    /// <summary>The classifier of regions; likewise.</summary>
    internal abstract RegionClassifier RegionClassifier { get; }

    /// <summary>The classifier for a data set.</summary>
    internal AnswerClassifier FindAnswerClassifier(AnswerHead head) =>
        AnswerClassifiers.FirstOrDefault(classifier => classifier.Head == head)
        ?? throw new ArgumentException($"{Title} has no classifier for {head}.");

    /// <summary>The classifier of that name.</summary>
    internal AnswerClassifier FindAnswerClassifier(string name) =>
        AnswerClassifiers.FirstOrDefault(classifier => classifier.Name == name)
        ?? throw new ArgumentException(
            $"The head '{name}' answers no questions; {Title} has "
            + $"{string.Join(" and ", AnswerClassifiers.Select(classifier => $"'{classifier.Name}'").Distinct())}.");

    /// <summary>Reads a configuration of one kind, and checks it.</summary>
    private protected static TModel Parse<TModel>(string json, string source, Func<string, string>? prepare = null)
        where TModel : VisionLanguageModel, new()
    {
        if (string.IsNullOrWhiteSpace(json))
            throw new InvalidDataException($"'{source}' is no {new TModel().Title} configuration: it is empty; a JSON object is expected.");
        TModel? model;
        try
        {
            model = JsonSerializer.Deserialize<TModel>(prepare is null ? json : prepare(json));
        }
        catch (JsonException e)
        {
            throw new InvalidDataException($"'{source}' is no {new TModel().Title} configuration: {e.Message}", e);
        }

        if (model is null)
            throw new InvalidDataException($"'{source}' is no {new TModel().Title} configuration: expected a JSON object, found null.");
        model.Validate(source);
        return model;
    }
}
