using MLNet.VisionLanguage.Optimization;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace MLNet.VisionLanguage.Tests.Training;

/// <summary>Numbers that tensors are computed with outlive the native call, however often the collector runs.</summary>
public class ScalarTests
{
    [Fact]
    public void A_number_is_read_whole_while_the_collector_runs()
    {
        const int Times = 20_000;
        using var done = new CancellationTokenSource();
        var collector = new Thread(() =>
        {
            while (!done.IsCancellationRequested)
            {
                GC.Collect(0);
                GC.WaitForPendingFinalizers();
            }
        });
        collector.Start();
        try
        {
            using var sum = zeros(1, dtype: ScalarType.Float64);
            for (var i = 0; i < Times; i++)
            {
                using var scope = NewDisposeScope();
                sum.copy_(Scalars.Add(sum, 0.5.ToScalar()));
                Scalars.With(2L, sum.mul_);
                Scalars.With(0.5.ToScalar(), sum.mul_);
            }

            Assert.Equal(0.5 * Times, sum.ToDouble());
        }
        finally
        {
            done.Cancel();
            collector.Join();
        }
    }
}
