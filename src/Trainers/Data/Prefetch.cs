using System.Collections.Concurrent;

namespace MLNet.VisionLanguage.Data;

/// <summary>Prepares items on another thread, a few ahead of their use and in order.</summary>
internal static class Prefetch
{
    /// <summary>
    /// Yields make(item) for every item; an exception of the worker is thrown here. A result is disposed as soon as the next one is asked
    /// for, and whatever was prepared but not used when the consumer leaves.
    /// </summary>
    public static IEnumerable<TResult> Run<TItem, TResult>(IEnumerable<TItem> items, Func<TItem, TResult> make, int ahead = 3)
        where TResult : IDisposable
    {
        using var ready = new BlockingCollection<TResult>(ahead);
        using var stop = new CancellationTokenSource();
        var worker = Task.Run(() => Fill(items, make, ready, stop.Token));
        var wasRead = false;
        try
        {
            foreach (var result in ready.GetConsumingEnumerable())
            {
                using (result) yield return result;
            }

            wasRead = true;
        }
        finally
        {
            stop.Cancel();
            try
            {
                worker.GetAwaiter().GetResult();
            }
            catch when (!wasRead)
            {
                // The consumer left early, perhaps by an exception of its own; that one counts, not what the worker met meanwhile.
            }

            while (ready.TryTake(out var unused)) unused.Dispose();
        }
    }

    private static void Fill<TItem, TResult>(
        IEnumerable<TItem> items, Func<TItem, TResult> make, BlockingCollection<TResult> ready, CancellationToken stop)
        where TResult : IDisposable
    {
        try
        {
            foreach (var item in items)
            {
                if (stop.IsCancellationRequested) return;
                var result = make(item);
                try
                {
                    ready.Add(result, stop);
                }
                catch (OperationCanceledException)
                {
                    // The consumer left early: there is nobody to prepare for.
                    result.Dispose();
                    return;
                }
            }
        }
        finally
        {
            ready.CompleteAdding();
        }
    }
}
