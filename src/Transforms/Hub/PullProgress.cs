namespace MLNet.VisionLanguage;

/// <summary>How far a file's fetching is.</summary>
/// <param name="File">The file.</param>
/// <param name="Done">Bytes that are there, those of an earlier attempt included.</param>
/// <param name="Total">Bytes in all; null where the server does not tell.</param>
public sealed record PullProgress(string File, long Done, long? Total);
