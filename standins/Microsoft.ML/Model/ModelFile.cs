using System.IO.Compression;
using System.Reflection;
using System.Text;
using Microsoft.ML.Runtime;

namespace Microsoft.ML;

/// <summary>Marks the class whose static Create(IHostEnvironment, ModelLoadContext) reads models of one loader signature.</summary>
[AttributeUsage(AttributeTargets.Assembly, AllowMultiple = true)]
internal sealed class ModelLoaderAttribute(string signature, Type loaderType) : Attribute
{
    public string Signature { get; } = signature;

    public Type LoaderType { get; } = loaderType;
}

/// <summary>The names inside a model zip.</summary>
internal static class ModelFile
{
    public const string KeyName = "Model.key";
    public const string SchemaName = "Schema";
    public const string TransformerDirectory = "TransformerChain";
    public const string VersionName = "TrainingInfo/Version.txt";
    public static readonly byte[] Magic = "ML\0MODEL"u8.ToArray();

    public static string Combine(string directory, string name) => string.IsNullOrEmpty(directory) ? name : $"{directory}/{name}";

    /// <summary>Dense models hold weights, which hardly shrink: speed counts more than the last percent.</summary>
    public static Stream CreateEntry(ZipArchive archive, string path) => archive.CreateEntry(path, CompressionLevel.Fastest).Open();
}

public sealed class ModelSaveContext : IDisposable
{
    private readonly ZipArchive _archive;
    private readonly string _directory;
    private readonly MemoryStream _body = new();
    private string _modelSignature;
    private string _loaderSignature;
    private string _loaderAssembly;

    private ModelSaveContext(ZipArchive archive, string directory)
    {
        _archive = archive;
        _directory = directory;
        Writer = new BinaryWriter(_body, Encoding.UTF8, leaveOpen: true);
    }

    internal BinaryWriter Writer { get; }

    public void Dispose() => Writer.Dispose();

    internal static void SaveModel(ZipArchive archive, ICanSaveModel model, string directory)
    {
        using var ctx = new ModelSaveContext(archive, directory);
        model.Save(ctx);
        ctx.Done();
    }

    internal void SaveModel(ICanSaveModel model, string directory) =>
        SaveModel(_archive, model, ModelFile.Combine(_directory, directory));

    internal void SetVersionInfo(string modelSignature, string loaderSignature, Assembly loaderAssembly)
    {
        if (modelSignature.Length != 8)
            throw new InvalidOperationException("Model signature must be eight characters");
        _modelSignature = modelSignature;
        _loaderSignature = loaderSignature;
        _loaderAssembly = loaderAssembly.FullName;
    }

    internal void SaveStringOrNull(string value) => WriteString(Writer, value);

    internal void SaveString(string value)
    {
        ArgumentNullException.ThrowIfNull(value);
        WriteString(Writer, value);
    }

    /// <summary>Writes an entry beside the model's key; the zip holds one open entry at a time, so the action must not save models.</summary>
    internal void SaveBinaryStream(string name, Action<Stream> write)
    {
        using var entry = ModelFile.CreateEntry(_archive, ModelFile.Combine(_directory, name));
        write(entry);
    }

    private static void WriteString(BinaryWriter writer, string value)
    {
        writer.Write(value?.Length ?? -1);
        if (value != null)
            writer.Write(Encoding.Unicode.GetBytes(value));
    }

    private void Done()
    {
        if (_modelSignature == null)
            throw new InvalidOperationException("ModelSignature not specified!");
        Writer.Flush();
        using var entry = ModelFile.CreateEntry(_archive, ModelFile.Combine(_directory, ModelFile.KeyName));
        using var head = new BinaryWriter(entry, Encoding.UTF8, leaveOpen: true);
        head.Write(ModelFile.Magic);
        WriteString(head, _modelSignature);
        WriteString(head, _loaderSignature);
        WriteString(head, _loaderAssembly);
        head.Flush();
        _body.WriteTo(entry);
    }
}

internal sealed class ModelLoadContext : IDisposable
{
    private readonly ZipArchive _archive;
    private readonly string _directory;

    private ModelLoadContext(ZipArchive archive, string directory, Stream key)
    {
        _archive = archive;
        _directory = directory;
        Reader = new BinaryReader(key, Encoding.UTF8);
    }

    public BinaryReader Reader { get; }

    public void Dispose() => Reader.Dispose();

    /// <summary>Null when the directory holds no model.</summary>
    public static T LoadModelOrNull<T>(IHostEnvironment env, ZipArchive archive, string directory)
        where T : class
    {
        var entry = archive.GetEntry(ModelFile.Combine(directory, ModelFile.KeyName));
        if (entry == null)
            return null;
        using var key = new MemoryStream();
        using (var packed = entry.Open())
            packed.CopyTo(key);
        key.Position = 0;
        using var ctx = new ModelLoadContext(archive, directory, key);
        try
        {
            return ctx.Load<T>(env);
        }
        catch (EndOfStreamException e)
        {
            throw new FormatException($"Corrupt model file: '{entry.FullName}' ends too early", e);
        }
    }

    public T LoadModel<T>(IHostEnvironment env, string directory)
        where T : class =>
        LoadModelOrNull<T>(env, _archive, ModelFile.Combine(_directory, directory)) ?? throw new FormatException("Corrupt model file");

    public string LoadStringOrNull()
    {
        int length = Reader.ReadInt32();
        if (length < 0)
            return null;
        if (length > (Reader.BaseStream.Length - Reader.BaseStream.Position) / 2)
            throw new FormatException("Corrupt model file: a string is longer than the file");
        return Encoding.Unicode.GetString(Reader.ReadBytes(2 * length));
    }

    public string LoadString() => LoadStringOrNull() ?? throw new FormatException("Corrupt model file: a string is missing");

    public bool TryLoadBinaryStream(string name, Action<Stream, long> read)
    {
        var entry = _archive.GetEntry(ModelFile.Combine(_directory, name));
        if (entry == null)
            return false;
        using var stream = entry.Open();
        read(stream, entry.Length);
        return true;
    }

    private T Load<T>(IHostEnvironment env)
        where T : class
    {
        if (!Reader.ReadBytes(ModelFile.Magic.Length).AsSpan().SequenceEqual(ModelFile.Magic))
            throw new FormatException("Wrong file type");
        LoadString();
        var signature = LoadString();
        var assembly = Assembly.Load(LoadString());
        env.ComponentCatalog.RegisterAssembly(assembly);
        var loader = assembly.GetCustomAttributes<ModelLoaderAttribute>().FirstOrDefault(a => a.Signature == signature)?.LoaderType;
        var create = loader?.GetMethod(
            "Create",
            BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic,
            [typeof(IHostEnvironment), typeof(ModelLoadContext)]);
        if (create == null)
            throw new FormatException($"Couldn't load model: '{_directory}'");
        return Instantiate(create, env) as T ?? throw new FormatException($"Couldn't load model: '{_directory}'");
    }

    /// <summary>The real loader wraps its own complaints once a level, and leaves foreign exceptions in reflection's wrapper.</summary>
    private object Instantiate(MethodInfo create, IHostEnvironment env)
    {
        try
        {
            return create.Invoke(null, [env, this]);
        }
        catch (TargetInvocationException e)
            when (e.InnerException is InvalidOperationException or FormatException or ArgumentException or NotSupportedException)
        {
            throw new InvalidOperationException("Error during class instantiation", e);
        }
    }
}
