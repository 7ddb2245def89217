using Google.Protobuf;
using MLNet.VisionLanguage.Files;
using MLNet.VisionLanguage.Onnx;

namespace MLNet.VisionLanguage.Persistence;

/// <summary>
/// A temporary folder with one model file, for sessions to map and for ML.NET to save from. It is removed on disposal, by the finalizer, or
/// when the process ends (<see cref="TemporaryFiles"/>).
/// </summary>
internal sealed class OnnxModelFolder : IDisposable
{
    /// <summary>A smaller model is loaded faster whole.</summary>
    private const long LeastMappedBytes = 16 << 20;

    private readonly string _folder = TemporaryFiles.NewFolder("model");
    private readonly Lock _views = new();
    private bool _disposed;

    private OnnxModelFolder()
    {
    }

    ~OnnxModelFolder() => TemporaryFiles.Remove(_folder);

    /// <summary>The model, one file with its weights inside.</summary>
    public string ModelPath => Path.Combine(_folder, "model.onnx");

    private string SharedPath => Path.Combine(_folder, "shared.onnx");

    private string ViewPath => Path.Combine(_folder, "view.onnx");

    /// <summary>Makes a folder with the model that <paramref name="write"/> writes.</summary>
    public static OnnxModelFolder Create(Action<Stream> write)
    {
        var folder = new OnnxModelFolder();
        try
        {
            using var file = new FileStream(folder.ModelPath, FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 1 << 16);
            write(file);
            return folder;
        }
        catch
        {
            folder.Dispose();
            throw;
        }
    }

    /// <summary>
    /// Runs <paramref name="use"/> while <see cref="ModelPath"/> holds the skeleton of the model instead. ML.NET's ONNX transformer opens
    /// a session, parses the whole file and keeps both as soon as it is made; made over the skeleton it costs nothing, and it reads the
    /// file again by its path when it is saved, when the real model is back.
    /// </summary>
    public T WithSkeleton<T>(Func<T> use)
    {
        var aside = ModelPath + ".aside";
        var skeleton = OnnxSkeleton.Create(OnnxSignature.Read(ModelPath));
        File.Move(ModelPath, aside);
        try
        {
            File.WriteAllBytes(ModelPath, skeleton);
            return use();
        }
        finally
        {
            File.Move(aside, ModelPath, overwrite: true);
        }
    }

    /// <summary>Opens a session; weights of a large model are mapped from the file.</summary>
    public OnnxRunner Open(OnnxRunnerOptions options)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        return new OnnxRunner(PathToOpen(), options);
    }

    /// <summary>Opens a session whose rows may share texts and images, where the model is one of which that can be told.</summary>
    /// <param name="options">How it is run.</param>
    /// <param name="texts">The names of a text's inputs.</param>
    /// <param name="images">The names of an image's inputs.</param>
    public (OnnxRunner Runner, OnnxSharedRows? Shared) OpenShared(
        OnnxRunnerOptions options, IReadOnlySet<string> texts, IReadOnlySet<string> images)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        var model = Onnx.Proto.ModelProto.Parser.ParseFrom(File.ReadAllBytes(PathToOpen()));
        if (OnnxSharedRows.Create(model, texts, images) is not { } shared) return (Open(options), null);
        lock (_views)
        {
            if (!File.Exists(SharedPath)) File.WriteAllBytes(SharedPath, model.ToByteArray());
        }

        return (new OnnxRunner(SharedPath, options), shared);
    }

    /// <summary>The model, or a view of it where it is large.</summary>
    private string PathToOpen()
    {
        if (new FileInfo(ModelPath).Length < LeastMappedBytes) return ModelPath;
        lock (_views)
        {
            if (!File.Exists(ViewPath)) OnnxMappedView.Write(ModelPath, ViewPath);
        }

        return ViewPath;
    }

    public void Dispose()
    {
        if (_disposed) return;
        _disposed = true;
        TemporaryFiles.Remove(_folder);
        GC.SuppressFinalize(this);
    }
}
