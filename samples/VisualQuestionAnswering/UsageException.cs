namespace MLNet.VisionLanguage.Samples.VisualQuestionAnswering;

/// <summary>The user asked for something that cannot be: the message goes to the error output, the exit code is 2.</summary>
internal sealed class UsageException(string message) : Exception(message);
