using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.VisionLanguage.Composition;

namespace MLNet.VisionLanguage.Images;

/// <summary>Makes a <see cref="LoadImageFilesTransformer"/>; it learns nothing from the data.</summary>
public sealed class LoadImageFilesEstimator : IEstimator<LoadImageFilesTransformer>
{
    /// <summary>The row's id as text, before it gets the mapping's own name.</summary>
    private const string RowIdText = "__vl.files.rowtext";

    private readonly TransformsCatalog _catalog;
    private readonly LoadImageFilesSettings _settings;

    internal LoadImageFilesEstimator(TransformsCatalog catalog, LoadImageFilesSettings settings)
    {
        _catalog = catalog;
        _settings = settings;
    }

    /// <summary>Checks the column and makes the transformer; no file is opened.</summary>
    /// <param name="input">Data with the column of paths.</param>
    /// <exception cref="ArgumentException">The column is missing or holds no text.</exception>
    public LoadImageFilesTransformer Fit(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        LoadImageFilesTransformer.Requirement(_settings).Check(input.Schema);
        if (_settings.RowIdColumn is { } rowId && input.Schema.GetColumnOrNull(rowId) is null)
            throw LoadImageFilesTransformer.MissingRowId(rowId);
        return new LoadImageFilesTransformer(Chain().Fit(input), _settings);
    }

    /// <summary>The schema after the transformer.</summary>
    /// <param name="inputSchema">The schema before it.</param>
    /// <exception cref="ArgumentException">The column is missing or holds no text.</exception>
    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        ArgumentNullException.ThrowIfNull(inputSchema);
        LoadImageFilesTransformer.Requirement(_settings).Check(inputSchema);
        if (_settings.RowIdColumn is { } rowId && !inputSchema.Any(column => column.Name == rowId))
            throw LoadImageFilesTransformer.MissingRowId(rowId);
        return Chain().GetOutputSchema(inputSchema);
    }

    private EstimatorChain<ITransformer> Chain()
    {
        ImageColumnType.Register();
        var outputs = new List<(string Inner, string Column)> { (LoadImageFilesDestination.ImageColumn, _settings.OutputColumn) };
        var unused = new List<string>();
        Hand(LoadImageFilesDestination.ProblemColumn, _settings.ProblemColumn);
        Hand(LoadImageFilesDestination.SizeColumn, _settings.SizeColumn);

        // The mapping's class has a row id in any case; without a column for it the path stands there unread.
        var chain = new EstimatorChain<ITransformer>();
        if (_settings.RowIdColumn is { } rowId)
        {
            chain = chain.Append<ITransformer>(_catalog.Conversion.ConvertType(RowIdText, rowId, DataKind.String));
            unused.Add(RowIdText);
        }

        var reading = StateChain.Create<LoadImageFilesSource, LoadImageFilesDestination>(
            _catalog,
            _settings.ToState(),
            LoadImageFilesSource.StateColumn,
            LoadImageFilesFactory.Map,
            LoadImageFilesFactory.Contract,
            [
                (LoadImageFilesSource.PathColumn, _settings.PathColumn),
                (LoadImageFilesSource.RowIdColumn, _settings.RowIdColumn is null ? _settings.PathColumn : RowIdText),
            ],
            outputs);
        chain = chain.Append<ITransformer>(reading);
        return unused.Count == 0 ? chain : chain.Append<ITransformer>(_catalog.DropColumns([.. unused]));

        void Hand(string inner, string? column)
        {
            if (column is null)
                unused.Add(inner);
            else
                outputs.Add((inner, column));
        }
    }
}
