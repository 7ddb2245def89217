using System.Globalization;
using MLNet.VisionLanguage.Tests.Support;
using Xunit;
using Xunit.Abstractions;

namespace MLNet.VisionLanguage.Tests.Experiments;

public class TunerTests(ITestOutputHelper output)
{
    private const int Trials = 60;
    private const int Repetitions = 31;

    public static TheoryData<string> Functions => [.. TestFunctions.All.Keys];

    [Fact]
    public void The_model_based_tuner_beats_chance_on_standard_functions()
    {
        var better = TestFunctions.All.Keys.Count(name =>
        {
            var (chance, model) = (Median(name, (space, seed) => new RandomTuner(space, seed)), Median(name, (space, seed) => new TreeParzenTuner(space, seed)));
            output.WriteLine($"{name}: least of {Trials} trials, median of {Repetitions} seeds: by chance {chance:G4}, model {model:G4} (least {TestFunctions.All[name].Least})");
            return model < chance;
        });

        Assert.True(better >= 4, $"better on {better} of 5");
    }

    [Theory]
    [MemberData(nameof(Functions))]
    public void The_functions_are_no_lower_than_their_least(string name)
    {
        var (min, max, dimensions, value, least) = TestFunctions.All[name];
        var random = new Random(1);
        Assert.All(Enumerable.Range(0, 2000), _ =>
            Assert.True(value([.. Enumerable.Range(0, dimensions).Select(_ => min + (random.NextDouble() * (max - min)))]) >= least - 1e-5));
        double[] best = name switch
        {
            "branin" => [Math.PI, 2.275 - 5],
            "hartmann6" => [0.20169, 0.150011, 0.476874, 0.275332, 0.311652, 0.6573],
            "ackley" => new double[dimensions],
            _ => [1, 1, 1, 1],
        };
        Assert.Equal(least, value(best), 1e-4);
    }

    [Fact]
    public void The_model_learns_choices_and_what_depends_on_them()
    {
        // Only one of five models has the rate that matters.
        var space = new SearchSpace()
            .Add("model", new ChoiceOption("a", "b", "c", "d", "e"))
            .Add("rate", new UniformDoubleOption(1e-5, 1, logBase: true), new("model", "d"));
        var tuner = new TreeParzenTuner(space, seed: 3);
        var tried = Enumerable.Range(0, 60).Select(i => Try(tuner, i, p => p.Get("rate", 0.0) is > 0 and var rate ? Math.Abs(Math.Log10(rate) + 3) : 4)).ToList();

        Assert.True(tried.Skip(30).Count(p => p.Parameters.Has("rate")) > 20);
        Assert.InRange(tried.MinBy(p => p.Loss).Parameters.Get<double>("rate"), 5e-4, 2e-3);
    }

    [Fact]
    public void Steps_from_the_defaults_reach_what_chance_does_not()
    {
        // A valley of six numbers, a tenth to a third of their ranges from the defaults, and a choice that must be right.
        var space = new SearchSpace().Add("kind", new ChoiceOption("a", "b", "c"));
        double[] best = [0.3, 0.7, 0.35, 0.62, 0.4, 0.8];
        foreach (var i in Enumerable.Range(0, best.Length)) space.Add($"x{i}", new UniformDoubleOption(0, 1, defaultValue: 0.5));
        double Loss(TrialParameters p) =>
            best.Select((at, i) => Math.Pow(p.Get<double>($"x{i}") - at, 2)).Sum() + (p.Get<string>("kind") == "b" ? 0 : 0.1);
        double Least(ITuner tuner) => Enumerable.Range(0, 40).Min(i => Try(tuner, i, Loss).Loss);
        double Middle(Func<int, ITuner> make) => Enumerable.Range(1, 15).Select(seed => Least(make(seed))).Order().ElementAt(7);

        var (chance, steps) = (Middle(seed => new RandomTuner(space, seed)), Middle(seed => new CostFrugalTuner(space, seed)));
        output.WriteLine($"least of 40 trials, median of 15 seeds: by chance {chance:G4}, by steps {steps:G4}");
        Assert.True(steps < 0.5 * chance, $"{steps} against {chance}");
    }

    [Fact]
    public void Trials_that_fail_are_no_place_to_go_on_from()
    {
        var space = new SearchSpace().Add("x", new UniformDoubleOption(0, 1, defaultValue: 0.5));
        var tuner = new CostFrugalTuner(space, seed: 4);
        var tried = Enumerable.Range(0, 200).Select(i => Try(tuner, i, p => p.Get<double>("x") is var x && x > 0.55 ? double.NaN : Math.Abs(x - 0.2))).ToList();
        Assert.InRange(tried.Where(p => !double.IsNaN(p.Loss)).Min(p => p.Loss), 0, 0.01);
        Assert.Contains(tried.Take(6), p => p.Parameters.Get<double>("x") < 0.5);
        Assert.Equal(0.5, tried[0].Parameters.Get<double>("x"));
        Assert.Throws<ArgumentException>(() => new CostFrugalTuner([]));
    }

    [Fact]
    public void The_same_seed_proposes_the_same_and_another_seed_others()
    {
        foreach (var make in new Func<int, ITuner>[]
        {
            seed => new RandomTuner(Space(), seed), seed => new TreeParzenTuner(Space(), seed), seed => new SuccessiveHalvingTuner(Space(), seed),
            seed => new CostFrugalTuner(Space(), seed),
        })
        {
            string Proposals(int seed)
            {
                var tuner = make(seed);
                return string.Join('\n', Enumerable.Range(0, 30).Select(i => Try(tuner, i, p => Math.Abs(p.Get<double>("x") - 0.3)).Parameters));
            }

            Assert.Equal(Proposals(5), Proposals(5));
            Assert.NotEqual(Proposals(5), Proposals(6));
            Assert.StartsWith(Space().Default().ToString(), Proposals(5));
        }

        static SearchSpace Space() => new SearchSpace().Add("x", new UniformDoubleOption(0, 1)).Add("n", new UniformIntOption(1, 9)).Add("c", new ChoiceOption("a", "b"));
    }

    [Fact]
    public void Halving_lets_the_best_third_go_on()
    {
        var tuner = new SuccessiveHalvingTuner(new SearchSpace().Add("x", new UniformDoubleOption(0, 1)));

        // The first has nobody to be compared with; then one of two, one of three, ..., two of six.
        Assert.Equal([true, false, true, false, false, true], new[] { 0.5, 0.6, 0.4, 0.7, 0.8, 0.45 }.Select((loss, i) => tuner.GoesOn(i, 1, loss)));
        Assert.True(tuner.GoesOn(0, 2, 9), "2 is no epoch at which anybody is looked at");
        Assert.True(tuner.GoesOn(0, 3, 0.3));
        Assert.False(tuner.GoesOn(2, 3, 0.35));
        Assert.False(tuner.GoesOn(6, 9, double.NaN));
        var late = new SuccessiveHalvingTuner(new SearchSpace(), minEpochs: 2, factor: 2);
        Assert.Equal([true, true, true, false], new[] { (1, 1.0), (2, 0.5), (4, 0.5), (4, 0.6) }.Select(one => late.GoesOn(0, one.Item1, one.Item2)));
    }

    [Fact]
    public void Of_equals_the_first_go_on()
    {
        var tuner = new SuccessiveHalvingTuner(new SearchSpace());
        Assert.Equal([true, false, false, false, false, false], Enumerable.Range(0, 6).Select(i => tuner.GoesOn(i, 1, 0.5)));
    }

    [Fact]
    public void Halving_beats_chance_on_recorded_curves_at_equal_budget()
    {
        // The table says how it was recorded. A trial is a line of it, drawn without replacement; an epoch costs one, and what counts is the best
        // score of a trial that was trained to its end.
        const int Orders = 200;
        double[][] curves =
        [
            .. File.ReadLines(Path.Combine(TestData.RepositoryRoot, "tests", "Experiments", "scene-curves.csv")).Where(line => !line.StartsWith('#'))
                .Select(line => line.Split(',').Select(one => double.Parse(one, CultureInfo.InvariantCulture)).ToArray()),
        ];
        foreach (var budget in new[] { 54, 72, 108 })
        {
            var (halving, chance, better, worse) = (0.0, 0.0, 0, 0);
            for (var seed = 1; seed <= Orders; seed++)
            {
                var order = curves.ToArray();
                new Random(seed).Shuffle(order);
                var (found, drawn) = (Best(order, budget, new SuccessiveHalvingTuner(new SearchSpace())), Best(order, budget, new RandomTuner(new SearchSpace())));
                (halving, chance) = (halving + (found / Orders), chance + (drawn / Orders));
                if (found > drawn) better++;
                if (found < drawn) worse++;
            }

            output.WriteLine($"{budget} epochs: halving {halving:F4}, chance {chance:F4} (mean of {Orders} orders); better in {better}, worse in {worse}");
            Assert.True(halving > chance && better > worse);
        }

        static double Best(double[][] order, int budget, ITuner tuner)
        {
            var best = 0.0;
            foreach (var (trial, curve) in order.Index())
            {
                var epoch = 0;
                do
                {
                    if (budget-- == 0) return best;
                    epoch++;
                }
                while (epoch < curve.Length && tuner.GoesOn(trial, epoch, -curve[epoch - 1]));
                if (epoch == curve.Length) best = Math.Max(best, curve.Max());
            }

            return best;
        }
    }

    [Fact]
    public void Failed_trials_are_the_worst_there_are()
    {
        var tuner = new TreeParzenTuner(new SearchSpace().Add("x", new UniformDoubleOption(0, 1)), seed: 2, startupTrials: 10);
        var tried = Enumerable.Range(0, 50).Select(i => Try(tuner, i, p => p.Get<double>("x") > 0.4 ? double.NaN : p.Get<double>("x"))).ToList();

        Assert.True(tried.Skip(25).Count(p => p.Parameters.Get<double>("x") <= 0.4) > 15);
    }

    private static double Median(string name, Func<SearchSpace, int, ITuner> make)
    {
        var (min, max, dimensions, value, _) = TestFunctions.All[name];
        var space = new SearchSpace();
        for (var i = 0; i < dimensions; i++) space.Add($"x{i}", new UniformDoubleOption(min, max));
        var best = Enumerable.Range(1, Repetitions).Select(seed =>
        {
            var tuner = make(space, seed);
            return Enumerable.Range(0, Trials).Min(i => Try(tuner, i, p => value([.. p.Select(one => (double)one.Value)])).Loss);
        });
        return best.Order().ElementAt(Repetitions / 2);
    }

    private static (TrialParameters Parameters, double Loss) Try(ITuner tuner, int trial, Func<TrialParameters, double> loss)
    {
        var parameters = tuner.Propose(trial)!;
        var found = loss(parameters);
        tuner.Update(new() { TrialSettings = new(trial, parameters, 1), Loss = found });
        return (parameters, found);
    }
}
