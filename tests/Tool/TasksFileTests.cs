using MLNet.VisionLanguage.Tests.Support;
using MLNet.VisionLanguage.Tool.Joint;
using Xunit;

namespace MLNet.VisionLanguage.Tests.Tool;

/// <summary>Files of tasks in the layout of ViLBERT's.</summary>
public sealed class TasksFileTests : IDisposable
{
    /// <summary>Every key of the reference's layout, used or not.</summary>
    private const string Good = """
        TASK12:
          name: NLVR2
          type: VL-binary-classifier
          loss: BCEWithLogitLoss
          process: nlvr
          task_id: 12
          dataroot: data/nlvr2/
          features_h5path1: regions.tsv
          features_h5path2: ''
          train_annotations_jsonpath: ''
          val_annotations_jsonpath: 'named.json'
          max_seq_length: 40
          max_region_num: 101
          batch_size: 64
          eval_batch_size: 512
          start_iteration: 0
          train_split: train
          val_split: dev
          lr: 0.00002
          num_epoch: 20
        TASK3:
          name: VisualDialog
          type: VL-logit
          loss: CrossEntropyLoss
          process: dialog
          dataroot: data/visdial
          features_h5path1: elsewhere.lmdb
          train_annotations_jsonpath: data/visdial/train.json
          val_annotations_jsonpath: data/visdial/val.json
          max_seq_length: 16
          batch_size: 64
          train_split: train
          val_split: val
          lr: 4e-5
          num_epoch: 20
        """;

    private readonly TemporaryFolder _folder = new();

    private string FilePath => _folder.File("tasks.yml");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Every_key_is_read_and_files_that_are_not_named_are_found()
    {
        Directory.CreateDirectory(_folder.File("data/nlvr2"));
        string train = _folder.File("data/nlvr2/train.json"), named = _folder.File("named.json"), regions = _folder.File("regions.tsv");
        foreach (var file in new[] { train, named, regions }) File.WriteAllText(file, "");
        var tasks = Read(Good);
        Assert.Equal(["NLVR2", "VisualDialog"], tasks.Select(task => task.Name));
        var task = tasks[0];
        Assert.Equal(("TASK12", 40, 64, 2e-5, 20), (task.Key, task.MaxLength, task.BatchSize, task.LearningRate, task.Epochs));
        Assert.Equal("nlvr2", task.Task.Name);
        Assert.Equal([$"--data={train}", $"--features={regions}"], task.ArgumentsFor(DeclaredTask.Training).Select(Full));
        Assert.Equal($"--data={named}", Full(task.ArgumentsFor(DeclaredTask.Validation)[0]));

        // A task that is not trained here is no mistake as long as nobody wants it, nor are files that are not there.
        Assert.Contains("tasks.yml:22: TASK3: name: 'VisualDialog' is not trained here", Message(() => tasks[1].Task), StringComparison.Ordinal);
        File.Delete(train);
        Assert.Contains(
            "tasks.yml:7: TASK12: dataroot: 'data/nlvr2/' has no train.json; train_annotations_jsonpath names",
            Message(() => Read(Good)[0].ArgumentsFor(DeclaredTask.Training)), StringComparison.Ordinal);
        File.Delete(named);
        Assert.Contains("tasks.yml:11: TASK12: val_annotations_jsonpath: '", Message(() => Read(Good)[0].ArgumentsFor(DeclaredTask.Validation)), StringComparison.Ordinal);

        static string Full(string argument) => argument.Replace("/./", "/", StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("name: NLVR2", "name: NLVR3", "tasks.yml:2: TASK12: name: 'NLVR3' is not a known name; known are VQA,")]
    [InlineData("type: VL-binary-classifier", "type: VL-logit", "tasks.yml:3: TASK12: type: expected 'VL-binary-classifier', which is that of NLVR2, found 'VL-logit'")]
    [InlineData("loss: BCEWithLogitLoss", "loss: MSE", "tasks.yml:4: TASK12: loss: expected 'BCEWithLogitLoss'")]
    [InlineData("process: nlvr", "process: expand", "tasks.yml:5: TASK12: process: expected 'nlvr'")]
    [InlineData("  task_id: 12", "  task_number: 12", "tasks.yml:6: TASK12: task_number: not a key of this task; known are name, type,")]
    [InlineData("  task_id: 12", "  train_questions_jsonpath: q.json", "tasks.yml:6: TASK12: train_questions_jsonpath: not a key of this task")]
    [InlineData("  task_id: 12", "  task_id: twelve", "tasks.yml:6: TASK12: task_id: expected a whole number of at least 0, found 'twelve'")]
    [InlineData("  task_id: 12", "  name: VQA", "tasks.yml:6: TASK12: name stands twice")]
    [InlineData("  batch_size: 64\n  eval", "  eval", "tasks.yml:1: TASK12: batch_size: the key is missing")]
    [InlineData("batch_size: 64\n  eval", "batch_size: '64'\n  eval", "tasks.yml:14: TASK12: batch_size: expected a whole number of at least 1, found '64'")]
    [InlineData("batch_size: 64\n  eval", "batch_size: 0\n  eval", "tasks.yml:14: TASK12: batch_size: expected a whole number of at least 1, found '0'")]
    [InlineData("batch_size: 64\n  eval", "batch_size: [64, 32]\n  eval", "tasks.yml:14: TASK12: batch_size: expected one value, found a list of 2")]
    [InlineData("lr: 0.00002", "lr: fast", "tasks.yml:19: TASK12: lr: expected a number above 0, found 'fast'")]
    [InlineData("lr: 0.00002", "lr: -1", "tasks.yml:19: TASK12: lr: expected a number above 0, found '-1'")]
    [InlineData("lr: 0.00002", "lr: .inf", "tasks.yml:19: TASK12: lr: expected a number above 0, found '.inf'")]
    [InlineData("num_epoch: 20\nTASK3", "num_epoch: 1.5\nTASK3", "tasks.yml:20: TASK12: num_epoch: expected a whole number")]
    [InlineData("dataroot: data/nlvr2/", "dataroot:", "tasks.yml:7: TASK12: dataroot: expected a text, found nothing")]
    [InlineData("dataroot: data/nlvr2/", "dataroot: {a: b}", "tasks.yml:7: expected TASK12: dataroot: one value or a list of them")]
    [InlineData("dataroot: data/nlvr2/", "dataroot: &a data", "tasks.yml:7: anchors and tags are not read")]
    [InlineData("dataroot: data/nlvr2/", "dataroot: 'data", "tasks.yml:")]
    [InlineData("process: nlvr", "process: [nlvr", "no YAML from here on")]
    [InlineData("TASK3:", "TASK12:", "tasks.yml:21: TASK12: stands twice; first in line 1")]
    [InlineData("TASK12:\n  name: NLVR2", "TASK12: NLVR2\nTASK0:\n  name: NLVR2", "tasks.yml:1: expected the keys of TASK12")]
    [InlineData("TASK12:", "TASK20:", "tasks.yml:1: TASK20: a model tells tasks from 0 to 19 apart")]
    [InlineData("TASK12:", "NLVR2:", "tasks.yml:1: expected a task, such as TASK1:, found 'NLVR2'")]
    [InlineData("TASK12:", "- TASK12:", "tasks.yml:")]
    public void A_mistake_is_told_with_its_line_and_key(string before, string after, string message)
    {
        Assert.Contains(before, Good, StringComparison.Ordinal);
        var found = Message(() => Read(Good.Replace(before, after, StringComparison.Ordinal)));
        Assert.Contains(message, found, StringComparison.Ordinal);
    }

    [Fact]
    public void A_name_stands_once_and_a_file_holds_tasks()
    {
        var twice = Good + "\n" + Good.Replace("TASK3", "TASK4", StringComparison.Ordinal).Replace("TASK12", "TASK5", StringComparison.Ordinal);
        Assert.Contains("TASK5: name: 'NLVR2' is TASK12's name already", Message(() => Read(twice)), StringComparison.Ordinal);
        Assert.Contains("there is no task in it", Message(() => Read("")), StringComparison.Ordinal);
        Assert.Contains("there is no task in it", Message(() => Read("{}")), StringComparison.Ordinal);
        Assert.Contains("tasks.yml:1: expected tasks, such as TASK1:", Message(() => Read("tasks")), StringComparison.Ordinal);
        Assert.Contains("tasks.yml:36: expected a single YAML document", Message(() => Read(Good + "\n---\n{}\n")), StringComparison.Ordinal);
        Assert.Contains("tasks.yml:1: expected the keys of TASK1", Message(() => Read("TASK1: " + new string('[', 100_000))), StringComparison.Ordinal);
        var missing = Assert.Throws<FileNotFoundException>(() => TasksFile.Read(_folder.File("nowhere.yml")));
        Assert.Contains("nowhere.yml", missing.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Regions_come_from_images_or_from_files()
    {
        File.WriteAllText(_folder.File("named.json"), "");
        foreach (var (before, after, message) in new[]
            {
                ("features_h5path1: regions.tsv", "features_h5path1: ''", "tasks.yml:1: TASK12: 'images' (a folder) or 'features_h5path1'"),
                ("features_h5path1: regions.tsv", "features_h5path1: regions.tsv\n  images: pictures", "TASK12: images: it and features_h5path1 exclude"),
                ("features_h5path1: regions.tsv", "images: pictures", "tasks.yml:8: TASK12: images: '"),
                ("features_h5path1: regions.tsv", "features_h5path1: [named.json, b.tsv]", "tasks.yml:8: TASK12: features_h5path1: '"),
            })
        {
            var tasks = Read(Good.Replace(before, after, StringComparison.Ordinal));
            Assert.Contains(message, Message(() => tasks[0].ArgumentsFor(DeclaredTask.Validation)), StringComparison.Ordinal);
        }
    }

    private IReadOnlyList<DeclaredTask> Read(string text)
    {
        File.WriteAllText(FilePath, text);
        return TasksFile.Read(FilePath);
    }

    private static string Message(Func<object> read) => Assert.Throws<InvalidDataException>(read).Message;
}
