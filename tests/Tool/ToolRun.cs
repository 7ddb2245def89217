using System.Text.Json;
using MLNet.VisionLanguage.Tool;

namespace MLNet.VisionLanguage.Tests.Tool;

/// <summary>One run of the tool inside the test's process: its exit code and what it wrote.</summary>
internal sealed record ToolRun(int Code, string Output, string Error)
{
    public IReadOnlyList<string> Lines => Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);

    public static ToolRun Run(params string[] args) => Run(new StringWriter(), CancellationToken.None, args);

    public static ToolRun Run(StringWriter error, CancellationToken cancellation, params string[] args)
    {
        using var output = new StringWriter();
        var code = VlProgram.Run(args, output, error, cancellation);
        return new ToolRun(code, output.ToString(), error.ToString());
    }

    /// <summary>The output as JSON, of a run that must have ended well.</summary>
    public JsonElement Json()
    {
        Xunit.Assert.True(Code == 0, Error);
        using var document = JsonDocument.Parse(Output);
        return document.RootElement.Clone();
    }

    /// <summary>Asserts that the run failed with one line on the error stream and nothing on the output.</summary>
    public void AssertFailed(int code, params string[] named)
    {
        Xunit.Assert.Equal(code, Code);
        Xunit.Assert.Equal("", Output);
        var line = Xunit.Assert.Single(Error.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Xunit.Assert.StartsWith("vl: ", line);
        foreach (var name in named)
            Xunit.Assert.Contains(name, line);
    }

    /// <summary>As <see cref="AssertFailed"/>, of a run that told of its progress before.</summary>
    public void AssertLastLine(int code, params string[] named) =>
        (this with { Error = Error.TrimEnd('\n').Split('\n')[^1] }).AssertFailed(code, named);
}

/// <summary>Interrupts the run, as Ctrl-C does, when it says something.</summary>
internal sealed class InterruptingWriter(string at, CancellationTokenSource source) : StringWriter
{
    public override void WriteLine(string? value)
    {
        base.WriteLine(value);
        if (value?.Contains(at, StringComparison.Ordinal) == true) source.Cancel();
    }
}
