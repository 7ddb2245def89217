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
