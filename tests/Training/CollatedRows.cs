using Microsoft.ML;
using Microsoft.ML.Runtime;
using MLNet.VisionLanguage.Data;
using MLNet.VisionLanguage.Tasks;

namespace MLNet.VisionLanguage.Tests.Training;

/// <summary>Rows as one batch, read and laid out as the trainer does.</summary>
internal static class CollatedRows
{
    public static TrainingBatch Of(IEnumerable<Question> rows, VisualQuestionAnsweringOptions options, string folder)
    {
        var ml = new MLContext(1);
        var task = new AnsweringTask(options);
        using var data = new TrainingRows<AnswerLabel>(task.Inputs, task.Labels, folder);
        var read = data.Read(Questions.View(ml, rows), "rows");
        using var channel = ((IHostEnvironment)ml).Register("test").Start("collating");
        task.Settle(read, channel);
        return new TrainingBatch(task.Inputs, data.Collate(read), task.Targets(read));
    }
}
