using TorchSharp;
using static TorchSharp.torch;

namespace MLNet.VisionLanguage.Training;

/// <summary>
/// Losses and scores of batches, read some batches late: a GPU works through what it was asked for on its own, and whoever reads a number
/// waits until it has.
/// </summary>
/// <param name="every">Batches after which they are read; 1 reads each at once, before its gradients are taken.</param>
internal sealed class LossLedger(int every) : IDisposable
{
    private readonly List<LossEntry> _unread = [];

    private int _batches;

    /// <summary>Notes a result of the batch that a run stands at.</summary>
    /// <exception cref="InvalidOperationException">The loss is read and no number.</exception>
    public LossEntry Note(TrainingState state, BatchResult result)
    {
        var entry = new LossEntry(result, state.Update + 1, state.Epoch + 1, state.Batch + 1);
        if (every == 1) entry.Read();
        return entry;
    }

    /// <summary>Adds a batch to the sums of the epoch: its rows now, its losses and scores when they are read.</summary>
    /// <inheritdoc cref="Read"/>
    public void Add(TrainingState state, IEnumerable<LossEntry> batch)
    {
        foreach (var entry in batch)
        {
            _unread.Add(entry);
            state.EpochRows += entry.NewRows;
        }

        if (++_batches % every == 0) Read(state);
    }

    /// <summary>Reads what is not yet read.</summary>
    /// <exception cref="InvalidOperationException">A loss is no number.</exception>
    public void Read(TrainingState state)
    {
        foreach (var entry in _unread)
        {
            var (loss, score) = entry.Read();
            state.EpochLoss += loss * entry.Rows;
            state.EpochScore += score;
        }

        Dispose();
    }

    public void Dispose()
    {
        _unread.ForEach(entry => entry.Dispose());
        _unread.Clear();
    }
}

/// <summary>The mean loss and the score of a batch's rows, of whichever update, epoch and batch (from 1).</summary>
internal sealed class LossEntry(BatchResult result, long update, int epoch, int batch) : IDisposable
{
    private readonly Tensor _loss = Keep(result.Loss);
    private readonly Tensor _score = Keep(result.Score);

    private (double Loss, double Score)? _read;

    public int Rows => result.Rows;

    public int NewRows => result.NewRows;

    /// <exception cref="InvalidOperationException">The loss is no number.</exception>
    public (double Loss, double Score) Read()
    {
        if (_read is { } read) return read;
        var loss = _loss.ToDouble();
        if (!double.IsFinite(loss))
        {
            throw new InvalidOperationException(
                $"The loss became {loss} at update {update} (epoch {epoch}, batch {batch}): a lower learning rate or GradientClipping may help.");
        }

        _read = (loss, _score.ToDouble());
        Dispose();
        return _read.Value;
    }

    public void Dispose()
    {
        _loss.Dispose();
        _score.Dispose();
    }

    private static Tensor Keep(Tensor value) => value.detach().DetachFromDisposeScope();
}
