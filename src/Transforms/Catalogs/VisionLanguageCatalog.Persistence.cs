using System.Reflection;
using Microsoft.ML;
using MLNet.VisionLanguage.Checkpoints;
using MLNet.VisionLanguage.Files;
using MLNet.VisionLanguage.Images;
using MLNet.VisionLanguage.Persistence;
using MLNet.VisionLanguage.Regions;
using MLNet.VisionLanguage.Tasks.Answering;
using MLNet.VisionLanguage.Tasks.Captioning;
using MLNet.VisionLanguage.Tasks.Choosing;
using MLNet.VisionLanguage.Tasks.Detection;
using MLNet.VisionLanguage.Tasks.Embedding;
using MLNet.VisionLanguage.Tasks.Entailment;
using MLNet.VisionLanguage.Tasks.Matching;
using MLNet.VisionLanguage.Tasks.Reasoning;
using MLNet.VisionLanguage.Tasks.Referring;
using MLNet.VisionLanguage.Tasks.Retrieval;
using MLNet.VisionLanguage.Tokenization;

namespace MLNet.VisionLanguage;

public sealed partial class VisionLanguageCatalog
{
    /// <summary>Every component that is saved in models, by the kind of its state; a new one joins by a line.</summary>
    private static readonly Dictionary<string, Restorer> Components = new(StringComparer.Ordinal)
    {
        [TokenizeTextSettings.Kind] = (context, loaded, state, _) => TokenizeTextTransformer.Restore(context, loaded, state),
        [LoadImageFilesSettings.Kind] = (_, loaded, state, _) => LoadImageFilesTransformer.Restore(loaded, state),
        [PreprocessImageSettings.Kind] = (_, loaded, state, _) => PreprocessImageTransformer.Restore(loaded, state),
        [LoadRegionFeaturesSettings.Kind] = (_, loaded, state, _) => LoadRegionFeaturesTransformer.Restore(loaded, state),
        [GridFeatureSettings.Kind] = (_, loaded, state, _) => ExtractGridFeaturesTransformer.Restore(loaded, state),
        [RegionFeatureSettings.Kind] = (_, loaded, state, _) => ExtractRegionFeaturesTransformer.Restore(loaded, state),
        [DetectorSettings.Kind] = (_, loaded, state, _) => DetectRegionsTransformer.Restore(loaded, state),
        [TextDetectorSettings.Kind] = (_, loaded, state, _) => TextDetectorTransformer.Restore(loaded, state),
        [AnswerModelSettings.Kind] = AnswerModelSettings.Restore,
        [EntailmentSettings.Kind] = EntailmentSettings.Restore,
        [ReasoningSettings.Kind] = ReasoningSettings.Restore,
        [ChoiceSettings.Kind] = ChoiceSettings.Restore,
        [MatchingSettings.Kind] = MatchingSettings.Restore,
        [ReferringSettings.Kind] = ReferringSettings.Restore,
        [RetrievalSettings.Kind] = RetrievalSettings.Restore,
        [CaptionSettings.Kind] = CaptionSettings.Restore,
        [DualEncoderSettings.Kind] = DualEncoderSettings.Restore,
        [EmbeddingSettings.Kind] = EmbeddingSettings.Restore,
    };

    /// <summary>
    /// Opens a model that <c>mlContext.Model.Save</c> wrote and puts this library's transformers back in, which score in batches. (Plain
    /// <c>mlContext.Model.Load</c> opens the same file with the same results, a row at a time.) Dispose the model to free its memory and
    /// temporary files.
    /// </summary>
    /// <param name="path">The zip.</param>
    /// <returns>The model; usually a chain of transformers.</returns>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">The file is cut short, damaged or no saved model.</exception>
    public ITransformer Load(string path) => Load(path, out _);

    /// <inheritdoc cref="Load(string)"/>
    /// <param name="path">The zip.</param>
    /// <param name="inputSchema">The schema of the data the model was made for; null when it was saved without.</param>
    public ITransformer Load(string path, out DataViewSchema? inputSchema)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        using var file = File.OpenRead(path);
        return Load(file, $"'{path}'", Components, out inputSchema);
    }

    /// <summary>As <see cref="Load(string)"/>, for a model with <c>LoadRegionFeatures</c>, which then reads other files: those of other
    /// images, or the same where they lie now.</summary>
    /// <param name="path">The zip.</param>
    /// <param name="regionFeaturesPaths">The feature files, in the place of those the model was made with.</param>
    /// <returns>The model; saved again it has the new paths.</returns>
    /// <exception cref="ArgumentException">No file is named, or the model reads no feature files.</exception>
    /// <exception cref="FileNotFoundException">There is no such model or feature file.</exception>
    /// <exception cref="InvalidDataException">The model is damaged, or a feature file is not in the layout.</exception>
    public ITransformer Load(string path, IReadOnlyList<string> regionFeaturesPaths)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentNullException.ThrowIfNull(regionFeaturesPaths);
        if (regionFeaturesPaths.Count == 0) throw new ArgumentException("At least one feature file is needed.", nameof(regionFeaturesPaths));
        foreach (var file in regionFeaturesPaths)
            if (RegionFeatureFormats.Find(file) is null) throw new FileNotFoundException($"The feature file '{file}' does not exist.", file);
        var readers = 0;
        var components = new Dictionary<string, Restorer>(Components, StringComparer.Ordinal)
        {
            [PreprocessImageSettings.Kind] = (_, loaded, state, _) => PreprocessImageTransformer.Restore(loaded, state),
            [LoadRegionFeaturesSettings.Kind] = (context, _, state, _) =>
                {
                    readers++;
                    return LoadRegionFeaturesTransformer.Restore(context, state, regionFeaturesPaths);
                },
        };
        using var zip = File.OpenRead(path);
        var model = Load(zip, $"'{path}'", components, out _);
        if (readers > 0) return model;
        (model as IDisposable)?.Dispose();
        throw new ArgumentException($"The model '{path}' reads no feature files.", nameof(regionFeaturesPaths));
    }

    /// <inheritdoc cref="Load(string)"/>
    /// <param name="stream">The zip; read from its beginning and not closed.</param>
    /// <param name="inputSchema">The schema of the data the model was made for; null when it was saved without.</param>
    /// <exception cref="ArgumentException">The stream cannot seek.</exception>
    public ITransformer Load(Stream stream, out DataViewSchema? inputSchema)
    {
        ArgumentNullException.ThrowIfNull(stream);
        if (!stream.CanSeek) throw new ArgumentException("A model is read from a stream that can seek.", nameof(stream));
        return Load(stream, stream is FileStream file ? $"'{file.Name}'" : "The stream", Components, out inputSchema);
    }

    /// <summary>
    /// Saves a model as <c>mlContext.Model.Save</c> does, but replaces the file as a whole: when saving fails (a full disk) the file that
    /// was there is still there, and nothing half-written.
    /// </summary>
    /// <param name="model">The model, of any transformers.</param>
    /// <param name="inputSchema">The schema of the data it is made for, or null.</param>
    /// <param name="path">The file to write.</param>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public void Save(ITransformer model, DataViewSchema? inputSchema, string path)
    {
        ArgumentNullException.ThrowIfNull(model);
        AtomicFile.Write(path, stream => Context.Model.Save(model, inputSchema, stream));
    }

    private ITransformer Load(
        Stream stream, string name, IReadOnlyDictionary<string, Restorer> components, out DataViewSchema? inputSchema)
    {
        stream.Position = 0;
        try
        {
            using var file = LightModelFile.Open(stream);
            var (loaded, schema) = ScoringDevice.Open(
                Context, () => InOwnFolder(() => (Context.Model.Load(file.Content, out var found), found)));
            inputSchema = schema;
            var restored = new ComponentRestorer(Context, file, components).Restore(loaded);
            return file.Untaken.Count == 0
                ? restored
                : throw new InvalidDataException($"nothing in it uses its ONNX model in '{file.Untaken.First()}'.");
        }
        catch (Exception e) when (e is EndOfStreamException or not (IOException or UnauthorizedAccessException or OutOfMemoryException))
        {
            // A damaged file shows itself in whatever exception the part that reads it happens to have.
            var reason = e;
            while (reason is TargetInvocationException { InnerException: { } inner }) reason = inner;
            throw new InvalidDataException($"{name} cannot be loaded as a model: {reason.Message}", e);
        }
    }

    /// <summary>
    /// ML.NET writes ONNX models of others, which it loads, to files that it removes when they are disposed and at no other time.
    /// </summary>
    private T InOwnFolder<T>(Func<T> load)
    {
        var before = Context.TempFilePath;
        Context.TempFilePath = TemporaryFiles.Folder;
        try
        {
            return load();
        }
        finally
        {
            Context.TempFilePath = before;
        }
    }
}
