using System.Collections.Concurrent;

namespace MLNet.VisionLanguage.Training;

/// <summary>Prepares items on another thread, a few ahead of their use and in order.</summary>
internal static class Prefetch
{
    /// <summary>Yields make(item) for every item; an exception of the worker is thrown here.</summary>
    public static IEnumerable<TResult> Run<TItem, TResult>(IEnumerable<TItem> items, Func<TItem, TResult> make, int ahead = 3)
    {
        using var ready = new BlockingCollection<TResult>(ahead);
        using var stop = new CancellationTokenSource();
        var worker = Task.Run(() =>
        {
            try
            {
                foreach (var item in items) ready.Add(make(item), stop.Token);
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                // The consumer left early: there is nobody to prepare for.
            }
            finally
            {
                ready.CompleteAdding();
            }
        });

        try
        {
            foreach (var result in ready.GetConsumingEnumerable()) yield return result;
        }
        finally
        {
            stop.Cancel();
            worker.GetAwaiter().GetResult();
        }
    }
}
