#nullable disable
using Microsoft.ML.Data;

namespace Microsoft.ML;

/// <summary>Shows what data looks like here or there in a pipeline.</summary>
public static partial class DebuggerExtensions
{
    public static DataDebuggerPreview Preview(this IDataView data, int maxRows = DataDebuggerPreview.MaxRows) => new(data, maxRows);
}
