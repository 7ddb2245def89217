using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace MLNet.VisionLanguage.Tests.Torch;

[Collection("torch")]
public class DisposeScopeTests
{
    [Fact]
    public void AScopeDisposesWhatWasMadeInIt()
    {
        using var before = ones(1);
        Tensor inside;
        using (var scope = NewDisposeScope())
        {
            inside = before + 1;
            Assert.Same(scope, CurrentDisposeScope);
            Assert.True(scope.Contains(inside));
            Assert.Equal(1, scope.DisposablesCount);
            Assert.Same(inside, Assert.Single(scope.DisposablesView));
        }
        Assert.True(inside.IsInvalid);
        Assert.False(before.IsInvalid);
        Assert.Throws<InvalidOperationException>(() => inside.shape);
        Assert.Throws<InvalidOperationException>(() => before + inside);
    }

    [Fact]
    public void TensorsMayBeMovedOutwardOrDetached()
    {
        Tensor moved, detached, left;
        using (var outer = NewDisposeScope())
        {
            using (NewDisposeScope())
            {
                moved = ones(1).MoveToOuterDisposeScope();
                detached = ones(1).DetachFromDisposeScope();
                left = ones(1);
            }
            Assert.Same(outer, CurrentDisposeScope);
            Assert.False(moved.IsInvalid);
            Assert.True(outer.Contains(moved));
            Assert.True(left.IsInvalid);
        }
        Assert.True(moved.IsInvalid);
        Assert.False(detached.IsInvalid);
        detached.Dispose();
    }

    [Fact]
    public void AScopeMovesKeepsAndAttaches()
    {
        using var outer = NewDisposeScope();
        Tensor a, b, c, d, e, f;
        var outside = ones(1).DetachFromDisposeScope();
        using (var inner = NewDisposeScope())
        {
            (a, b) = inner.MoveToOuter(ones(1), ones(1));
            c = inner.Detach(ones(1));
            d = inner.DisposeEverythingBut(ones(1));
            e = ones(1);
            f = inner.MoveToOther(outer, ones(1));
            inner.MoveToOuter([e]);
            inner.Attach(outside);
            Assert.True(inner.Contains(d));
            inner.DisposeEverything();
            Assert.True(d.IsInvalid);
            Assert.True(outside.IsInvalid);
        }
        Assert.All(new[] { a, b, c, e, f }, t => Assert.False(t.IsInvalid));
        Assert.All(new[] { a, b, e, f }, t => Assert.True(outer.Contains(t)));
        Assert.False(outer.Contains(c));
        c.Dispose();
    }

    [Fact]
    public void ADisposedTensorLeavesItsScope()
    {
        using var scope = NewDisposeScope();
        var t = ones(1);
        t.Dispose();
        Assert.Equal(0, scope.DisposablesCount);
        t.Dispose();
        var other = ones(1);
        using (NewDisposeScope()) ones(1).MoveToOtherDisposeScope(other);
        Assert.Equal(2, scope.DisposablesCount);
    }

    [Fact]
    public void ScopesEndingOutOfOrderKeepTheStack()
    {
        using var outer = NewDisposeScope();
        var middle = NewDisposeScope();
        var inner = NewDisposeScope();
        middle.Dispose();
        Assert.Same(inner, CurrentDisposeScope);
        inner.Dispose();
        Assert.Same(outer, CurrentDisposeScope);
    }

    [Fact]
    public void ScopesBelongToTheThread()
    {
        using var scope = NewDisposeScope();
        DisposeScope? seen = scope;
        Tensor? made = null;
        var thread = new Thread(() => (seen, made) = (CurrentDisposeScope, ones(1)));
        thread.Start();
        thread.Join();
        Assert.Null(seen);
        Assert.Equal(0, scope.DisposablesCount);
        made!.Dispose();
    }

    [Fact]
    public void StatisticsCount()
    {
        var statistics = DisposeScopeManager.Statistics;
        statistics.Reset();
        using (var kept = ones(1))
        using (NewDisposeScope())
        {
            _ = ones(1);
            ones(1).DetachFromDisposeScope().Dispose();
            ones(1).Dispose();
            Assert.Equal(1, statistics.CreatedOutsideScopeCount);
            Assert.Equal(3, statistics.CreatedInScopeCount);
            Assert.Equal(1, statistics.DetachedFromScopeCount);
        }
        Assert.Equal(0, statistics.ThreadTotalLiveCount);
    }

    [Fact]
    public void TensorsNobodyHoldsAreFinalized()
    {
        // 400 tensors of 4 MB: without finalizers they would stay, with them the process keeps a few at a time.
        var before = Environment.WorkingSet;
        for (var i = 0; i < 400; i++)
        {
            MakeAndForget();
            if (i % 20 != 0) continue;
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }
        Assert.InRange(Environment.WorkingSet - before, long.MinValue, 800L << 20);
    }

    [System.Runtime.CompilerServices.MethodImpl(System.Runtime.CompilerServices.MethodImplOptions.NoInlining)]
    private static void MakeAndForget() => ones(1 << 20);

    [Fact]
    public void HandlesChangeHands()
    {
        var t = torch.tensor(3f);
        var handle = t.DecoupleFromNativeHandle();
        Assert.True(t.IsInvalid);
        using var same = Tensor.UnsafeCreateTensor(handle);
        Assert.Equal(handle, same.Handle);
        Expect.Values(same, 3);
    }
}
