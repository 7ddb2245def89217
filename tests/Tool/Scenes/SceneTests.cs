using MLNet.VisionLanguage.Tool.Scenes;
using MLNet.VisionLanguage.Tool.Scenes;
using MLNet.VisionLanguage.Tool.Scenes;
using MLNet.VisionLanguage.Tests.Support;
using Xunit;

namespace MLNet.VisionLanguage.Tests.Samples;

/// <summary>What the sample promises of its data set.</summary>
public sealed class SceneTests
{
    private const int Many = 2000;

    [Fact]
    public void ObjectsLieInThePictureAndDoNotTouch()
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
    public void TheSameSeedGivesTheSameScenesAndAnotherSeedOthers()
    {
        var (first, again, other) = (new SceneGenerator(7), new SceneGenerator(7), new SceneGenerator(8));
        for (var id = 1; id <= 50; id++)
        {
            Assert.Equal(first.Create(id).Objects, again.Create(id).Objects);
            Assert.NotEqual(first.Create(id).Objects, other.Create(id).Objects);
        }
    }

    [Fact]
    public void NoAnswerIsFrequentEnoughToBeAGoodGuess()
    {
        var (generator, writer) = (new SceneGenerator(1), new QuestionWriter(1));
        var questions = Enumerable.Range(1, Many).SelectMany(id => writer.Write(generator.Create(id))).ToList();
        Assert.Equal(QuestionFamilies.All.Select(family => family.Name).Order(), questions.Select(question => question.Family).Distinct().Order());
        Assert.InRange(MostFrequentShare(questions), 0.1, 0.3);
        foreach (var family in questions.GroupBy(question => question.Family))
            Assert.InRange(MostFrequentShare([.. family]), 0.1, 0.51);
    }

    [Fact]
    public void NoQuestionHasTwoAnswersInAScene()
    {
        var generator = new SceneGenerator(3);
        foreach (var scene in Enumerable.Range(1, Many).Select(generator.Create))
        {
            var all = QuestionFamilies.All.SelectMany(family => family.Candidates(scene)).ToList();
            Assert.Equal(all.Count, all.Select(question => question.Text).Distinct().Count());
        }
    }

    [Fact]
    public void TheFilesAreReadBackAsWritten()
    {
        using var folder = new TemporaryFolder();
        var (train, test) = (SceneSplit.Train(folder.Path), SceneSplit.Test(folder.Path));
        var drawn = new List<int>();
        SceneDataset.Render(folder.Path, [(train, 6), (test, 4)], seed: 5, drawn.Add, CancellationToken.None);
        Assert.Equal(Enumerable.Range(1, 10), drawn);

        var (trainRows, testRows) = (train.Load().Examples, test.Load().Examples);
        Assert.Empty(trainRows.Select(row => row.ImagePath).Intersect(testRows.Select(row => row.ImagePath)));
        var generator = new SceneGenerator(5);
        var writer = new QuestionWriter(5);
        var expected = Enumerable.Range(1, 6).SelectMany(id => writer.Write(generator.Create(id)));
        Assert.Equal(
            expected.Select(question => (question.Family, question.Text, question.Answer)),
            trainRows.Select(row => (row.QuestionType, row.Question, row.Answers.Single())));
        Assert.All(trainRows, row => Assert.Equal(1f, row.AnswerScores.Single()));
    }

    private static double MostFrequentShare(IReadOnlyCollection<SceneQuestion> questions) =>
        questions.CountBy(question => question.Answer).Max(count => count.Value) / (double)questions.Count;
}
