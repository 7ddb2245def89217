using Microsoft.ML.Runtime;

namespace Microsoft.ML.Transforms.Onnx;

/// <summary>
/// The file a session reads. It is held open for the life of the model (a file of our own is deleted when it is closed) and read again
/// by its path when the model is saved.
/// </summary>
internal sealed class OnnxModelFile : IDisposable
{
    private readonly FileStream _hold;

    private OnnxModelFile(string path, bool own)
        => _hold = own
            ? new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 4096, FileOptions.DeleteOnClose)
            : new FileStream(path, FileMode.Open, FileAccess.Read);

    public string Path => _hold.Name;

    /// <summary>The user's file, or else the user's stream written to a temporary file that, as in the real library, stays.</summary>
    public static OnnxModelFile Resolve(IHostEnvironment env, string modelFile, Stream modelBytes)
    {
        if (modelBytes is null)
        {
            ArgumentException.ThrowIfNullOrWhiteSpace(modelFile, "ModelFile");
            if (!File.Exists(modelFile))
                throw new IOException($"Model file {modelFile} does not exists.");
            return new OnnxModelFile(modelFile, own: false);
        }
        var path = TemporaryPath(env);
        using (var file = File.Create(path))
        {
            modelBytes.Seek(0, SeekOrigin.Begin);
            modelBytes.CopyTo(file);
        }
        return new OnnxModelFile(path, own: false);
    }

    /// <summary>The content of a saved model: its length in 4 bytes, little endian, then the ONNX file.</summary>
    public static OnnxModelFile Load(IHostEnvironment env, Stream saved)
    {
        var path = TemporaryPath(env);
        using (var reader = new BinaryReader(saved, System.Text.Encoding.UTF8, leaveOpen: true))
        using (var file = File.Create(path))
        {
            var remaining = reader.ReadInt32();
            if (remaining < 0)
                throw new FormatException($"The saved model is corrupt: an ONNX model of {remaining} bytes.");
            var buffer = new byte[1 << 16];
            while (remaining > 0)
            {
                var read = saved.Read(buffer, 0, Math.Min(buffer.Length, remaining));
                if (read == 0)
                    throw new FormatException("The saved model is corrupt: its ONNX model is cut off.");
                file.Write(buffer, 0, read);
                remaining -= read;
            }
        }
        return new OnnxModelFile(path, own: true);
    }

    public void Save(Stream target)
    {
        using var file = new FileStream(Path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete);
        if (file.Length > Array.MaxLength)
            throw new IOException($"The ONNX model {Path} has {file.Length} bytes; a saved model holds fewer than 2 GiB.");
        Span<byte> length = stackalloc byte[4];
        System.Buffers.Binary.BinaryPrimitives.WriteInt32LittleEndian(length, (int)file.Length);
        target.Write(length);
        file.CopyTo(target);
    }

    public void Dispose() => _hold.Dispose();

    private static string TemporaryPath(IHostEnvironment env)
        => System.IO.Path.Combine(
            (env as IHostEnvironmentInternal)?.TempFilePath ?? System.IO.Path.GetTempPath(), System.IO.Path.GetRandomFileName());
}
