using System.Text.Json;
using Xunit;

namespace MLNet.VisionLanguage.Tests.Experiments;

public class SearchSpaceTests
{
    [Fact]
    public void Places_are_spread_evenly_or_by_logarithm()
    {
        Assert.Equal([2.0, 3.0, 4.0], Values(new UniformDoubleOption(2, 4)));
        Assert.Equal([1e-4, 1e-3, 1e-2], Values(new UniformDoubleOption(1e-4, 1e-2, logBase: true)), (a, b) => Math.Abs(a - b) < 1e-12);
        // The share of 1 begins at a half: the middle between 0.5 and 9.5 is 2.2.
        Assert.Equal([1, 2, 9], new UniformIntOption(1, 9, logBase: true).Grid(3).Cast<int>());

        static IEnumerable<double> Values(ParameterOption option) => option.Grid(3).Cast<double>();
    }

    [Fact]
    public void Every_whole_number_and_choice_has_the_same_share()
    {
        AssertShares(new UniformIntOption(3, 6), 4);
        AssertShares(new ChoiceOption("a", "b", "c"), 3);

        static void AssertShares(ParameterOption option, int count) => Assert.All(
            Enumerable.Range(0, 1200).Select(i => option.At((i + 0.5) / 1200)).GroupBy(value => value),
            group => Assert.Equal(1200 / count, group.Count()));
    }

    [Fact]
    public void A_value_is_found_at_its_place()
    {
        foreach (var option in new ParameterOption[]
        {
            new UniformDoubleOption(-3, 7), new UniformDoubleOption(1e-6, 1, logBase: true), new UniformIntOption(1, 40, logBase: true),
            new UniformIntOption(-2, 5), new ChoiceOption(1, 2.5, "x", true),
        })
        {
            Assert.All(option.Grid(7), value => Assert.True(option.Has(value), $"{option}: {value}"));
            Assert.All(option.Grid(7), value => Assert.Equal(Number(value), Number(option.At(option.PlaceOf(value)))));
        }

        // What a logarithm makes of a number comes back to twelve digits.
        static object Number(object value) => value is double number ? Math.Round(number, 12) : value;
    }

    [Fact]
    public void A_parameter_whose_condition_does_not_hold_is_not_there()
    {
        var space = new SearchSpace()
            .Add("regions", new ChoiceOption("grid", "files"))
            .Add("cell", new ChoiceOption(4, 8), new("regions", "grid"))
            .Add("centred", new ChoiceOption(true, false), new("cell", 8));

        Assert.Equal("""{"regions":"grid","cell":4}""", space.Default().ToString());
        var trials = new GridTuner(space);
        Assert.Equal(
            ["""{"regions":"grid","cell":4}""", """{"regions":"grid","cell":8,"centred":true}""", """{"regions":"grid","cell":8,"centred":false}""",
                """{"regions":"files"}"""],
            Enumerable.Range(0, trials.Count).Select(i => trials.Propose(i)!.ToString()));
        Assert.Null(trials.Propose(trials.Count));
    }

    [Fact]
    public void Parameters_come_back_from_JSON_with_their_types()
    {
        var parameters = new TrialParameters([new("a", 1), new("b", 1.0), new("c", 1e-300), new("d", "text \"é\""), new("e", true), new("f", 0.1)]);
        var read = JsonSerializer.Deserialize<TrialParameters>(JsonSerializer.Serialize(parameters))!;

        Assert.Equal(parameters, read);
        Assert.Equal(1.0, read.Get<double>("a"));
        Assert.Equal(7, read.Get("g", 7));
        Assert.Contains("'d'", Assert.Throws<InvalidOperationException>(() => read.Get<int>("d")).Message);
        Assert.Contains("a, b, c", Assert.Throws<KeyNotFoundException>(() => read.Get<int>("g")).Message);
        Assert.Throws<JsonException>(() => JsonSerializer.Deserialize<TrialParameters>("""{"a":[1]}"""));
    }

    [Fact]
    public void What_makes_no_space_is_told()
    {
        Told("least number below the largest; found 2 and 1", () => new UniformDoubleOption(2, 1));
        Told("begins above 0; found 0", () => new UniformIntOption(0, 4, logBase: true));
        Told("default 9 is not between", () => new UniformIntOption(0, 4, defaultValue: 9));
        Told("'a' stands twice", () => new ChoiceOption("a", "a"));
        Told("needs a value", () => new ChoiceOption());
        Told("found Single", () => new ChoiceOption(1f));
        Told("already has a parameter 'x'", () => Space().Add("x", new ChoiceOption(1)));
        Told("depends on 'y', which", () => Space().Add("z", new ChoiceOption(1), new("y", 1)));
        Told("depends on 'x' being '3', which", () => Space().Add("z", new ChoiceOption(1), new("x", 3)));
        Told("1953125 combinations; at most", () => new GridTuner(Enumerable.Range(0, 9).Aggregate(new SearchSpace(), (space, i) => space.Add($"{i}", new UniformIntOption(0, 4)))));

        static SearchSpace Space() => new SearchSpace().Add("x", new ChoiceOption(1, 2));

        static void Told(string expected, Func<object> make) => Assert.Contains(expected, Assert.ThrowsAny<ArgumentException>(make).Message);
    }
}
