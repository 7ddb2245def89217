using System.IO.Compression;
using System.Text;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML;

public sealed class ModelOperationsCatalog : IInternalCatalog
{
    private readonly IHostEnvironment _env;

    internal ModelOperationsCatalog(IHostEnvironment env) => _env = env;

    IHostEnvironment IInternalCatalog.Environment => _env;

    public void Save(ITransformer model, DataViewSchema inputSchema, string filePath)
    {
        Guard.NotEmpty(filePath);
        using var stream = File.Create(filePath);
        Save(model, inputSchema, stream);
    }

    public void Save(ITransformer model, DataViewSchema inputSchema, Stream stream)
    {
        Guard.NotNull(stream);
        using var archive = new ZipArchive(stream, ZipArchiveMode.Create, leaveOpen: true);
        using (var version = new StreamWriter(ModelFile.CreateEntry(archive, ModelFile.VersionName)))
            version.WriteLine(typeof(MLContext).Assembly.GetName().Version);
        if (model != null)
            ModelSaveContext.SaveModel(archive, model, ModelFile.TransformerDirectory);
        if (inputSchema == null)
            return;
        using var channel = _env.Start("Saving Schema");
        using var writer = new BinaryWriter(ModelFile.CreateEntry(archive, ModelFile.SchemaName), Encoding.UTF8);
        TypeCodec.WriteSchema(writer, inputSchema, channel);
    }

    public ITransformer Load(string filePath, out DataViewSchema inputSchema)
    {
        Guard.NotEmpty(filePath);
        using var stream = File.OpenRead(filePath);
        return Load(stream, out inputSchema);
    }

    public ITransformer Load(Stream stream, out DataViewSchema inputSchema)
    {
        Guard.NotNull(stream);
        using var archive = Open(stream);
        inputSchema = LoadSchemaOrNull(archive);
        var model = ModelLoadContext.LoadModelOrNull<ITransformer>(_env, archive, ModelFile.TransformerDirectory);
        if (model != null)
            return model;
        throw inputSchema != null
            ? new FormatException("Corrupt model file")
            : new InvalidOperationException("Could not load legacy format model");
    }

    public PredictionEngine<TSrc, TDst> CreatePredictionEngine<TSrc, TDst>(
        ITransformer transformer,
        bool ignoreMissingColumns = true,
        SchemaDefinition inputSchemaDefinition = null,
        SchemaDefinition outputSchemaDefinition = null)
        where TSrc : class
        where TDst : class, new() =>
        new(transformer, ObjectColumns<TSrc>.Create(inputSchemaDefinition), ignoreMissingColumns, outputSchemaDefinition);

    public PredictionEngine<TSrc, TDst> CreatePredictionEngine<TSrc, TDst>(ITransformer transformer, DataViewSchema inputSchema)
        where TSrc : class
        where TDst : class, new() =>
        new(transformer, ObjectColumns<TSrc>.Create(inputSchema), ignoreMissingColumns: false);

    public PredictionEngine<TSrc, TDst> CreatePredictionEngine<TSrc, TDst>(ITransformer transformer, PredictionEngineOptions options)
        where TSrc : class
        where TDst : class, new() =>
        new(
            transformer,
            ObjectColumns<TSrc>.Create(options.InputSchemaDefinition),
            options.IgnoreMissingColumns,
            options.OutputSchemaDefinition,
            options.OwnsTransformer);

    private static ZipArchive Open(Stream stream)
    {
        try
        {
            return new ZipArchive(stream, ZipArchiveMode.Read, leaveOpen: true);
        }
        catch (Exception e)
        {
            throw new FormatException("Failed to open a zip archive", e);
        }
    }

    private static DataViewSchema LoadSchemaOrNull(ZipArchive archive)
    {
        var entry = archive.GetEntry(ModelFile.SchemaName);
        if (entry == null)
            return null;
        using var bytes = new MemoryStream();
        using (var packed = entry.Open())
            packed.CopyTo(bytes);
        bytes.Position = 0;
        using var reader = new BinaryReader(bytes, Encoding.UTF8);
        try
        {
            return TypeCodec.ReadSchema(reader);
        }
        catch (EndOfStreamException e)
        {
            throw new FormatException("Corrupt model file: the schema ends too early", e);
        }
    }
}
