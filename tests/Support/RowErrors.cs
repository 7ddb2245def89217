using Xunit;

namespace MLNet.VisionLanguage.Tests.Support;

/// <summary>What goes wrong in a row: ML.NET reads rows on worker threads and hands their errors on as inner exceptions.</summary>
internal static class RowErrors
{
    private const string Wrapping = "Splitter/consolidator worker encountered exception";

    /// <summary>Fails unless reading ends in the given error (or one derived from it), wrapped or not, and gives that error.</summary>
    public static TError Throws<TError>(Func<object> read)
        where TError : Exception
    {
        var error = Assert.ThrowsAny<Exception>(read);
        while (error.InnerException != null && error.Message.StartsWith(Wrapping, StringComparison.Ordinal))
            error = error.InnerException;
        return Assert.IsAssignableFrom<TError>(error);
    }
}
