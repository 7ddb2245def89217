using System.Runtime.InteropServices;

namespace MLNet.VisionLanguage.Tool.Scenes;

/// <summary>
/// Chooses the questions of each scene so that the answers of a family stay even: of the answers a scene allows, the one given least
/// so far is asked for. Otherwise "no" and "0" would be right most of the time.
/// </summary>
internal sealed class QuestionWriter(int seed)
{
    private readonly Dictionary<(string Family, string Answer), int> _given = [];
    private readonly Random _random = new(seed);

    public IReadOnlyList<SceneQuestion> Write(Scene scene)
    {
        var questions = new List<SceneQuestion>();
        foreach (var (_, perScene, candidates) in QuestionFamilies.All)
        {
            var left = candidates(scene).ToList();
            for (var i = 0; i < perScene && left.Count > 0; i++)
            {
                var least = left.Min(Given);
                var even = left.Where(question => Given(question) == least).ToList();
                var chosen = even[_random.Next(even.Count)];
                left.Remove(chosen);
                CollectionsMarshal.GetValueRefOrAddDefault(_given, (chosen.Family, chosen.Answer), out _)++;
                questions.Add(chosen);
            }
        }

        return questions;
    }

    private int Given(SceneQuestion question) => _given.GetValueOrDefault((question.Family, question.Answer));
}
