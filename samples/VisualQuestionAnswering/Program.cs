using System.CommandLine;
using MLNet.VisionLanguage.Samples.VisualQuestionAnswering;

var parsed = Commands.Create().Parse(args);
if (parsed.Errors.Count > 0)
{
    foreach (var error in parsed.Errors)
        Console.Error.WriteLine(error.Message);
    Console.Error.WriteLine("--help shows the options.");
    return Commands.UsageError;
}

return await parsed.InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false });
