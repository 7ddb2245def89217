using MLNet.VisionLanguage.Tests.Support;
using MLNet.VisionLanguage.Tool.Scenes;
using Xunit;

namespace MLNet.VisionLanguage.Tests.Tool.Scenes;

/// <summary>What the data set of scenes promises.</summary>
public sealed class SceneTests
{
    private const int Many = 2000;

    [Fact]
    public void Objects_lie_in_the_picture_and_do_not_touch()
    {
        foreach (var scene in Enumerable.Range(1, Many).Select(new SceneGenerator(7).Create))
        {
            Assert.InRange(scene.Objects.Count, 1, 4);
            foreach (var item in scene.Objects)
            {
                Assert.InRange(item.X, item.Radius, scene.Side - item.Radius);
                Assert.InRange(item.Y, item.Radius, scene.Side - item.Radius);
                Assert.DoesNotContain(scene.Objects, other => other != item
                    && Math.Abs(other.X - item.X) < item.Radius + other.Radius && Math.Abs(other.Y - item.Y) < item.Radius + other.Radius);
            }
        }
    }

    [Fact]
    public void The_same_seed_gives_the_same_scenes_and_another_seed_others()
    {
        var (first, again, other) = (new SceneGenerator(7), new SceneGenerator(7), new SceneGenerator(8));
        for (var id = 1; id <= 50; id++)
        {
            Assert.Equal(first.Create(id).Objects, again.Create(id).Objects);
            Assert.NotEqual(first.Create(id).Objects, other.Create(id).Objects);
        }
    }

    [Fact]
    public void No_answer_is_frequent_enough_to_be_a_good_guess()
    {
        var (generator, writer) = (new SceneGenerator(1), new QuestionWriter(1));
        var questions = Enumerable.Range(1, Many).SelectMany(id => writer.Write(generator.Create(id))).ToList();
        var families = QuestionFamilies.All.Select(family => family.Name);
        Assert.Equal(families.Order(), questions.Select(question => question.Family).Distinct().Order());
        Assert.InRange(MostFrequentShare(questions), 0.1, 0.3);
        foreach (var family in questions.GroupBy(question => question.Family))
            Assert.InRange(MostFrequentShare([.. family]), 0.1, 0.51);
    }

    [Fact]
    public void No_question_has_two_answers_in_a_scene()
    {
        var generator = new SceneGenerator(3);
        foreach (var scene in Enumerable.Range(1, Many).Select(generator.Create))
        {
            var all = QuestionFamilies.All.SelectMany(family => family.Candidates(scene)).ToList();
            Assert.Equal(all.Count, all.Select(question => question.Text).Distinct().Count());
        }
    }

    [Fact]
    public void The_command_writes_files_that_are_read_back_as_made_up()
    {
        using var folder = new TemporaryFolder();
        var scenes = folder.File("scenes");
        Assert.Equal(0, Render(scenes, "9").Code);
        var run = Render(scenes, "5");
        Assert.True(run.Code == 0, run.Error);
        Assert.Contains("rendered 10 scenes", run.Error);

        var (train, val) = (Read(scenes, "train"), Read(scenes, "val"));
        Assert.Empty(train.Select(row => row.ImagePath).Intersect(val.Select(row => row.ImagePath)));
        Assert.Equal(10, Directory.GetFiles(Path.Combine(scenes, "images")).Length);
        var generator = new SceneGenerator(5);
        var writer = new QuestionWriter(5);
        var expected = Enumerable.Range(1, 6).SelectMany(id => writer.Write(generator.Create(id)));
        Assert.Equal(
            expected.Select(question => (question.Family, question.Text, question.Answer)),
            train.Select(row => (row.QuestionType, row.Question, row.Answers.Single())));
        Assert.All(train.Concat(val), row => Assert.Equal(1f, row.AnswerScores.Single()));
    }

    [Fact]
    public void What_is_said_about_scenes_is_read_by_the_data_sets_own_readers()
    {
        using var folder = new TemporaryFolder();
        var run = ToolRun.Run("scenes", "--output", folder.File("scenes"), "--scenes", "80", "--val-scenes", "8", "--seed", "5");
        Assert.True(run.Code == 0, run.Error);
        var split = SceneSplit.All(folder.File("scenes"))[0];
        var generator = new SceneGenerator(5);
        var scenes = Enumerable.Range(1, 80).Select(generator.Create).ToDictionary(scene => Path.GetFileNameWithoutExtension(scene.FileName));

        var captions = CocoCaptionsDataset.Load(split.Captions, split.Images).ToList();
        Assert.Equal(160, captions.Count);
        Assert.All(captions.Where((_, i) => i % 2 == 0), row => Assert.All(
            scenes[row.ImageId].Objects, item => Assert.Contains(SceneTexts.NameOf(item), row.Caption, StringComparison.Ordinal)));

        var expressions = RefCocoDataset.Load(split.Expressions, split.Instances, "train", split.Images).ToList();
        Assert.InRange(expressions.Count, 80, 320);
        Assert.All(expressions, row =>
        {
            var item = scenes[row.ImageId].Objects.Single(
                item => Math.Abs(item.X - item.Radius - row.Boxes[0]) < 1e-3 && Math.Abs(item.Y - item.Radius - row.Boxes[1]) < 1e-3);
            Assert.Contains((row.Expression, item), SceneTexts.Expressions(scenes[row.ImageId]));
        });

        var entailment = SnliVeDataset.Load(split.Entailment, split.Images).ToList();
        Assert.All(entailment.CountBy(row => row.Label), count => Assert.Equal(80, count.Value));
        Assert.All(entailment.Where(row => row.Label != "neutral"), row => Assert.Contains(
            new SceneStatement(row.Hypothesis, row.Label == "entailment"), SceneTexts.Statements(scenes[row.ImageId])));

        var pairs = Nlvr2Dataset.Load(split.Pairs, split.PairImages).ToList();
        Assert.InRange(pairs.Count, 60, 80);
        Assert.All(pairs.GroupBy(row => (row.SentenceId, row.Sentence)), rows => Assert.Equal(["False", "True"], rows.Select(row => row.Label).Order()));

        var choices = VcrDataset.Load(split.Choices, split.Images).ToList();
        Assert.InRange(choices.Count, 160, 320);
        Assert.All(choices, row =>
        {
            string[] answers = [row.Answer0, row.Answer1, row.Answer2, row.Answer3];
            string[] reasons = [row.Rationale0, row.Rationale1, row.Rationale2, row.Rationale3];
            Assert.Equal(4, answers.Distinct().Count());
            Assert.Contains(QuestionFamilies.All.SelectMany(family => family.Candidates(scenes[row.ImageId])), question =>
                row.Question == question.Text.Replace("?", " ?", StringComparison.Ordinal) && answers[int.Parse(row.AnswerLabel)] == question.Answer);
            var holds = reasons.Select(reason => SceneTexts.Existence(scenes[row.ImageId]).Single(statement => statement.Text == reason).Holds);
            Assert.Equal(int.Parse(row.RationaleLabel), holds.ToList().IndexOf(true));
            Assert.Single(holds, true);
        });
        Assert.Equal(0, ToolRun.Run("scenes", "--output", folder.File("scenes"), "--scenes", "1", "--val-scenes", "1").Code);
    }

    [Fact]
    public void The_command_leaves_a_folder_alone_that_holds_something_else()
    {
        using var folder = new TemporaryFolder();
        var mine = folder.Write("mine.txt", "keep"u8);
        Render(folder.Path, "1").AssertFailed(1, "mine.txt");
        Assert.Equal("keep", File.ReadAllText(mine));
        Render(mine, "1").AssertFailed(1, "mine.txt");
        ToolRun.Run("scenes", "--output", folder.File("scenes"), "--val-scenes", "0").AssertFailed(2, "--val-scenes");
        Assert.Equal([mine], Directory.GetFileSystemEntries(folder.Path));
    }

    private static ToolRun Render(string folder, string seed) =>
        ToolRun.Run("scenes", "--output", folder, "--scenes", "6", "--val-scenes", "4", "--seed", seed);

    private static IReadOnlyList<VqaExample> Read(string folder, string part) => VqaDataset.Load(
        Path.Combine(folder, $"{part}_questions.json"), Path.Combine(folder, $"{part}_annotations.json"),
        Path.Combine(folder, "images")).Examples;

    private static double MostFrequentShare(IReadOnlyCollection<SceneQuestion> questions) =>
        questions.CountBy(question => question.Answer).Max(count => count.Value) / (double)questions.Count;
}
