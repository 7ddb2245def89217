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
        if (new FileInfo(ModelPath).Length < LeastMappedBytes) return new OnnxRunner(ModelPath, options);
        lock (_views)
        {
            if (!File.Exists(ViewPath)) OnnxMappedView.Write(ModelPath, ViewPath);
        }

        return new OnnxRunner(ViewPath, options);
    }

    public void Dispose()
    {
        if (_disposed) return;
        _disposed = true;
        TemporaryFiles.Remove(_folder);
        GC.SuppressFinalize(this);
    }
}
