namespace MLNet.VisionLanguage.Tool;

/// <summary>The command line itself is wrong; the message names the option.</summary>
internal sealed class UsageException(string message) : Exception(message);
