using System.Collections.Concurrent;
using TorchSharp;

namespace MLNet.VisionLanguage.Optimization;

/// <summary>
/// A second thread, which computes one half of the work while the first computes the other: operations on small tensors are too short for
/// libtorch to share them among its threads, and halves of a batch are not.
/// </summary>
internal sealed class Companion : IDisposable
{
    private readonly BlockingCollection<Task> _work = [];
    private readonly Thread _thread;

    /// <param name="threads">Threads of libtorch for each half.</param>
    public Companion(int threads)
    {
        _thread = new Thread(() => Work(threads)) { IsBackground = true, Name = nameof(Companion) };
        _thread.Start();
    }

    /// <summary>Gives what a function makes of each of one or two parts, at the same time where there is a companion.</summary>
    public static TResult[] Each<TPart, TResult>(Companion? companion, IReadOnlyList<TPart> parts, Func<TPart, TResult> compute)
    {
        if (companion is null || parts.Count != 2) return [.. parts.Select(compute)];
        var second = new Task<TResult>(() => compute(parts[1]));
        companion._work.Add(second);
        try
        {
            var first = compute(parts[0]);
            return [first, second.GetAwaiter().GetResult()];
        }
        finally
        {
            // Nothing of the batch may be disposed while it is read, whatever the first part has thrown.
            Task.WaitAny(second);
        }
    }

    public void Dispose()
    {
        _work.CompleteAdding();
        _thread.Join();
        _work.Dispose();
    }

    private void Work(int threads)
    {
        torch.set_num_threads(threads);
        foreach (var task in _work.GetConsumingEnumerable()) task.RunSynchronously();
    }
}
