#nullable disable
using Microsoft.ML.Data;

namespace Microsoft.ML;

/// <summary>Shows what data looks like here or there in a pipeline.</summary>
public static class DebuggerExtensions
{
    public static DataDebuggerPreview Preview(this IDataView data, int maxRows = DataDebuggerPreview.MaxRows) => new(data, maxRows);

    public static DataDebuggerPreview Preview(this ITransformer transformer, IDataView data, int maxRows = DataDebuggerPreview.MaxRows)
        => new(transformer.Transform(data), maxRows);

    public static DataDebuggerPreview Preview(
        this IEstimator<ITransformer> estimator,
        IDataView data,
        int maxRows = DataDebuggerPreview.MaxRows,
        int maxTrainingRows = DataDebuggerPreview.MaxRows)
    {
        Guard.NotNull(estimator);
        Guard.NotNull(data);
        Guard.Param(maxTrainingRows >= 0, nameof(maxTrainingRows));
        return new DataDebuggerPreview(estimator.Fit(new RowRangeView(data, 0, maxTrainingRows)).Transform(data), maxRows);
    }
}
