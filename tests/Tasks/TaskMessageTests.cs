using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.VisionLanguage.Tests.Support;
using MLNet.VisionLanguage.Tests.Training;
using Xunit;

namespace MLNet.VisionLanguage.Tests.Tasks;

/// <summary>Labels of every type, and what is said of columns, labels and options that are wrong.</summary>
[Collection(TorchCollection.Name)]
public sealed class TaskMessageTests
{
    private readonly MLContext _ml = new(1);

    [Theory]
    [InlineData("entailment", "InputIds")]
    [InlineData("entailment", "Label")]
    [InlineData("reasoning", "RegionBoxesRight")]
    [InlineData("reasoning", "IsTrue")]
    [InlineData("choice", "TokenTypeIds2")]
    [InlineData("choice", "Chosen")]
    public void A_missing_column_is_named(string name, string column)
    {
        var task = TaskCase.All[name];
        var rows = TaskRows.View(_ml, TaskRows.Make(3));
        var without = _ml.Transforms.DropColumns(column).Fit(rows).Transform(rows);
        var message = Assert.Throws<ArgumentException>(() => task.Train(_ml, task.Options(Questions.Model, 1)).Fit(without)).Message;
        Assert.Contains($"there is no column '{column}'", message);
        Assert.Contains("Trainer", message);
    }

    [Fact]
    public void A_bad_row_of_one_of_several_is_named_with_its_column()
    {
        var rows = TaskRows.Make(5);
        rows[3].InputIds1[1] = 99;
        Assert.Contains("row 3 (Name row 3) of the training data: column 'InputIds1'", Refused("choice", rows));
        using (var transformer = TaskCase.All["choice"].Fresh(_ml, Questions.Model, TaskRows.Make(1)).Transformer)
        {
            var error = Assert.ThrowsAny<Exception>(() => transformer.Transform(TaskRows.View(_ml, rows)).GetColumn<float[]>("Score").ToList());
            Assert.Contains("row 3 (Name row 3): column 'InputIds1'", error.ToString());
        }

        rows = TaskRows.Make(5);
        rows[2].RegionBoxesRight[2] = 60;
        Assert.Contains("row 2 (Name row 2) of the training data: column 'RegionBoxesRight'", Refused("reasoning", rows));
    }

    [Fact]
    public void A_label_that_is_none_of_the_names_is_told()
    {
        var rows = TaskRows.Make(4);
        rows[2].Label = "-";
        Assert.Contains(
            "row 2 (Name row 2) of the training data: column 'Label' is '-'; one of contradiction, neutral, entailment is expected.",
            Refused("entailment", rows));
        rows[2].Label = "";
        Assert.Contains("column 'Label' has no value", Refused("entailment", rows));
        rows[1].Chosen = 3;
        Assert.Contains("row 1 (Name row 1) of the training data: column 'Chosen' is '3'; one of 0, 1, 2 is expected.", Refused("choice", rows));
        rows[1].Chosen = -1;
        Assert.Contains("column 'Chosen' is '-1'", Refused("choice", rows));
        Assert.Contains("'InputIds' must be of type Text, Boolean, a whole number, or Key", Assert.Throws<ArgumentException>(
            () => Train("choice", TaskRows.View(_ml, rows), options => ((MultipleChoiceOptions)options).LabelColumnName = "InputIds")).Message);
    }

    [Fact]
    public void Labels_of_every_type_are_the_same_labels()
    {
        var rows = TaskRows.Make(12);
        var view = TaskRows.View(_ml, rows);
        var expected = Scores("choice", view, "Chosen");
        var conversions = _ml.Transforms.Conversion;
        var text = conversions.ConvertType("Text", "Chosen", DataKind.String);
        Assert.Equal(expected, Scores("choice", With(text), "Text"));
        foreach (var kind in new[] { DataKind.Byte, DataKind.Int64, DataKind.UInt32, DataKind.Single })
            Assert.Equal(expected, Scores("choice", With(text.Append(conversions.ConvertType("Other", "Text", kind))), "Other"));
        var keys = text.Append(conversions.MapValueToKey("Other", "Text"));
        Assert.Equal(expected, Scores("choice", With(keys), "Other"));

        var truth = Scores("reasoning", view, "IsTrue");
        Assert.Equal(truth, Scores("reasoning", With(conversions.ConvertType("Other", "IsTrue", DataKind.String)), "Other"));
        Assert.Equal(truth, Scores("reasoning", With(conversions.ConvertType("Other", "IsTrue", DataKind.Single)), "Other"));
        foreach (var row in rows) row.Label = row.IsTrue ? "true" : "false";
        Assert.Equal(truth, Scores("reasoning", TaskRows.View(_ml, rows), "Label"));

        IDataView With(IEstimator<ITransformer> step) => step.Fit(view).Transform(view);
    }

    [Fact]
    public void Options_that_make_no_task_are_refused()
    {
        var trainers = _ml.VisionLanguage().Trainers;
        Assert.Contains("Option Choices: the list is empty", Refused(() => trainers.MultipleChoice(new() { Choices = [] })));
        Assert.Contains("Option Choices: it is null", Refused(() => trainers.MultipleChoice(new() { Choices = null! })));
        Assert.Contains("Option Choices: 'a' stands twice", Refused(() => trainers.MultipleChoice(new() { Choices = ["a", "a"] })));
        Assert.Contains("Option Images: entry 1 is missing", Refused(() => trainers.VisualReasoning(new() { Images = ["a", null!] })));
        Assert.Contains("Option Classes: the list is empty", Refused(() => trainers.VisualEntailment(new() { Classes = [] })));
        Assert.Contains("Option LabelColumnName", Refused(() => trainers.VisualEntailment(ViLbertConfig.Tiny, labelColumnName: "")));
        Assert.Contains(
            "column 'InputIds0' already has another part", Refused(() => trainers.MultipleChoice(new() { LabelColumnName = "InputIds0" })));
        Assert.Contains(
            "Option RegionBoxesColumnName: expected the name", Refused(() => trainers.VisualReasoning(new() { RegionBoxesColumnName = "" })));

        static string Refused(Action make) => Assert.ThrowsAny<ArgumentException>(make).Message;
    }

    [Fact]
    public void Fresh_options_take_the_sizes_of_the_data()
    {
        var options = MultipleChoiceOptions.FromScratch(Questions.Model with { RegionFeatureSize = 3 }, 1);
        (options.Choices, options.LabelColumnName) = (["0", "1", "2"], "Chosen");
        using var choosing = _ml.VisionLanguage().Trainers.MultipleChoice(options).Fit(TaskRows.View(_ml, TaskRows.Make(3)));
        Assert.Equal((Questions.FeatureSize, 3), (choosing.Model.RegionFeatureSize, choosing.Choices.Count));

        var pairs = VisualReasoningOptions.FromScratch(Questions.Model with { RegionFeatureSize = 3 }, 1);
        pairs.LabelColumnName = "IsTrue";
        using var reasoning = _ml.VisionLanguage().Trainers.VisualReasoning(pairs).Fit(TaskRows.View(_ml, TaskRows.Make(3)));
        Assert.Equal((Questions.FeatureSize, "Left"), (reasoning.Model.RegionFeatureSize, reasoning.Images[0]));
    }

    private float[][] Scores(string name, IDataView view, string label)
    {
        using var model = Train(name, view, options => Label(options, label));
        return [.. model.Transform(view).GetColumn<float[]>("Score")];
    }

    private static void Label(TaskTrainerOptions options, string column)
    {
        if (options is MultipleChoiceOptions choosing) choosing.LabelColumnName = column;
        if (options is VisualReasoningOptions reasoning) reasoning.LabelColumnName = column;
    }

    private string Refused(string name, List<TaskRow> rows) =>
        Assert.Throws<InvalidDataException>(() => Train(name, TaskRows.View(_ml, rows), _ => { })).Message;

    private TaskTransformer Train(string name, IDataView view, Action<TaskTrainerOptions> change)
    {
        var options = TaskCase.All[name].Options(Questions.Model, 1);
        change(options);
        return TaskCase.All[name].Train(_ml, options).Fit(view);
    }
}
