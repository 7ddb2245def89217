#nullable disable
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML;

public sealed partial class DataOperationsCatalog
{
    public IDataView BootstrapSample(IDataView input, int? seed = null, bool complement = false)
    {
        Guard.NotNull(input);
        return new BootstrapView(input, (uint)(seed ?? Host("BootstrapSample").Rand.Next()), complement);
    }

    public IDataView Cache(IDataView input, params string[] columnsToPrefetch)
    {
        Guard.NotNull(input);
        return new CacheView(input, columnsToPrefetch ?? []);
    }

    public IDataView FilterRowsByColumn(
        IDataView input, string columnName, double lowerBound = double.NegativeInfinity, double upperBound = double.PositiveInfinity)
    {
        Guard.NotNull(input);
        Guard.Param(!string.IsNullOrEmpty(columnName), nameof(columnName));
        Guard.Param(lowerBound < upperBound, nameof(upperBound), "Must be more than lowerBound");
        var column = input.Schema[columnName];
        Guard.Param(
            RangeTests.HasNumbers(column.Type) && column.Type is not KeyDataViewType,
            nameof(columnName),
            $"Column '{columnName}' of type {column.Type} cannot be filtered by a range; it must be Single or Double.");
        return RangeTests.Filter(input, column, value => value >= lowerBound && value < upperBound);
    }

    public IDataView FilterRowsByKeyColumnFraction(IDataView input, string columnName, double lowerBound = 0, double upperBound = 1)
    {
        Guard.NotNull(input);
        Guard.Param(!string.IsNullOrEmpty(columnName), nameof(columnName));
        Guard.Param(lowerBound >= 0 && lowerBound <= 1, nameof(lowerBound), "Must be in [0, 1]");
        Guard.Param(upperBound >= lowerBound && upperBound <= 1, nameof(upperBound), "Must be in [lowerBound, 1]");
        var column = input.Schema[columnName];
        Guard.Param(column.Type is KeyDataViewType, nameof(columnName), $"Column '{columnName}' of type {column.Type} is no key.");
        return RangeTests.Filter(input, column, value => value >= lowerBound && value < upperBound);
    }

    public IDataView FilterRowsByMissingValues(IDataView input, params string[] columns)
    {
        Guard.NotNull(input);
        Guard.Param(columns?.Length > 0 && columns.Distinct().Count() == columns.Length, nameof(columns), "Name each column once.");
        var found = columns.Select(name => input.Schema[name]).ToArray();
        foreach (var column in found)
        {
            Guard.Param(
                RangeTests.HasNumbers(ColumnTypes.ItemTypeOf(column.Type)),
                nameof(columns),
                $"Column '{column.Name}' of type {column.Type} has no missing values.");
        }

        return RangeTests.WithoutMissing(input, found);
    }

    public IDataView ShuffleRows(IDataView input, int? seed = null, int shufflePoolSize = 1000, bool shuffleSource = true)
    {
        Guard.NotNull(input);
        Guard.Param(shufflePoolSize > 0, nameof(shufflePoolSize), "Must be positive");
        return new ShuffledView(input, seed ?? new HybridRandom(Host("Shuffle").Rand).NextSigned(), shufflePoolSize, shuffleSource);
    }

    public IDataView SkipRows(IDataView input, long count)
    {
        Guard.NotNull(input);
        Guard.Param(count > 0, nameof(count), "Must be greater than zero.");
        return new RowRangeView(input, count, long.MaxValue);
    }

    public IDataView TakeRows(IDataView input, long count)
    {
        Guard.NotNull(input);
        Guard.Param(count > 0, nameof(count), "Must be greater than zero.");
        return new RowRangeView(input, 0, count);
    }

    public TrainTestData TrainTestSplit(IDataView data, double testFraction = 0.1, string samplingKeyColumnName = null, int? seed = null)
    {
        Guard.NotNull(data);
        Guard.Param(testFraction > 0 && testFraction < 1, nameof(testFraction), "Must be between 0 and 1 exclusive");
        var split = new RowSplit(data, samplingKeyColumnName, seed ?? ContextSeed);
        bool IsTest(double number) => number >= 0 && number < testFraction;
        return new TrainTestData(split.Take(number => !IsTest(number)), split.Take(IsTest));
    }

    public IReadOnlyList<TrainTestData> CrossValidationSplit(
        IDataView data, int numberOfFolds = 5, string samplingKeyColumnName = null, int? seed = null)
    {
        Guard.NotNull(data);
        Guard.Param(numberOfFolds > 1, nameof(numberOfFolds), "Must be more than 1");
        var split = new RowSplit(data, samplingKeyColumnName, seed ?? ContextSeed);
        return [.. Enumerable.Range(0, numberOfFolds).Select(Fold)];

        TrainTestData Fold(int fold)
        {
            // Both ends belong to a fold, as in the real library: a number just between two folds is in both.
            var (min, max) = ((double)fold / numberOfFolds, (double)(fold + 1) / numberOfFolds);
            bool IsTest(double number) => number >= min && number <= max;
            return new TrainTestData(split.Take(number => !IsTest(number)), split.Take(IsTest));
        }
    }

    private int? ContextSeed => ((IHostEnvironmentInternal)_env).Seed;

    private IHost Host(string name) => _env.Register(name);

    public struct TrainTestData
    {
        public readonly IDataView TrainSet;

        public readonly IDataView TestSet;

        internal TrainTestData(IDataView trainSet, IDataView testSet)
        {
            TrainSet = trainSet;
            TestSet = testSet;
        }
    }
}
