using System.Reflection;
using System.Text.Json;

namespace MLNet.VisionLanguage.Tool;

/// <summary>What a shell user hears of an exception: one line and an exit code.</summary>
internal static class Failure
{
    public const int Failed = 1;
    public const int Usage = 2;

    /// <summary>128 + SIGINT, as shells report it.</summary>
    public const int Interrupted = 130;

    /// <summary>128 + SIGTERM.</summary>
    public const int Terminated = 143;

    /// <summary>Where ML.NET's own wrapping of an error that a row caused begins.</summary>
    private const string ConsolidatorMessage = "Splitter/consolidator";

    /// <summary>Options of the library that a switch sets are the command line's.</summary>
    public static int CodeOf(Exception exception) => Cause(exception) switch
    {
        UsageException => Usage,
        ArgumentException argument when Switches.Name(argument.Message) != argument.Message => Usage,
        OperationCanceledException => Interrupted,
        _ => Failed,
    };

    /// <summary>The message without line breaks, with switches in the place of the library's options, and without the names of its parameters.</summary>
    public static string Describe(Exception exception)
    {
        var cause = Cause(exception);
        var text = cause switch
        {
            OperationCanceledException => "interrupted",
            ArgumentException argument => WithoutParameter(argument),
            OutOfMemoryException => "there is not enough memory",
            IOException or InvalidDataException or InvalidOperationException or FormatException or JsonException or NotSupportedException
                or KeyNotFoundException or UnauthorizedAccessException or CheckpointFormatException or UsageException => cause.Message,
            _ => $"unexpected {cause.GetType().Name}: {cause.Message} (--verbose shows where)",
        };
        return string.Join(' ', Switches.Name(text).Split(['\r', '\n'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));
    }

    private static Exception Cause(Exception exception)
    {
        while (exception.InnerException is { } inner && IsWrapping(exception))
            exception = inner;
        return exception;
    }

    private static bool IsWrapping(Exception exception) =>
        exception is AggregateException or TargetInvocationException or TypeInitializationException
        || exception.Message.StartsWith(ConsolidatorMessage, StringComparison.Ordinal);

    private static string WithoutParameter(ArgumentException exception)
    {
        var suffix = exception.ParamName is null ? "" : $" (Parameter '{exception.ParamName}')";
        return suffix.Length > 0 ? exception.Message.Replace(suffix, "", StringComparison.Ordinal) : exception.Message;
    }
}
