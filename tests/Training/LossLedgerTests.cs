using MLNet.VisionLanguage.Tests.Support;
using MLNet.VisionLanguage.Training;
using Xunit;
using static TorchSharp.torch;

namespace MLNet.VisionLanguage.Tests.Training;

/// <summary>Losses that are read some batches late, as on a GPU.</summary>
[Collection(TorchCollection.Name)]
public sealed class LossLedgerTests
{
    private static TrainingState Start => new() { Run = [] };

    [Fact]
    public void Rows_count_at_once_and_losses_when_they_are_read()
    {
        using var ledger = new LossLedger(2);
        var state = Start;
        Add(ledger, state, loss: 1, score: 2, rows: 4);
        Assert.Equal((4, 0, 0), (state.EpochRows, state.EpochLoss, state.EpochScore));
        Add(ledger, state, loss: 3, score: 1, rows: 2);
        Assert.Equal((6, 10, 3), (state.EpochRows, state.EpochLoss, state.EpochScore));
        Add(ledger, state, loss: 5, score: 1, rows: 1);
        Assert.Equal((7, 10, 3), (state.EpochRows, state.EpochLoss, state.EpochScore));
        ledger.Read(state);
        ledger.Read(state);
        Assert.Equal((7, 15, 4), (state.EpochRows, state.EpochLoss, state.EpochScore));
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    public void A_loss_that_is_no_number_is_told_with_its_own_batch(float loss)
    {
        using var ledger = new LossLedger(3);
        var state = Start;
        Add(ledger, state, loss, score: 0, rows: 1);
        Add(ledger, state, loss: 1, score: 0, rows: 1);
        var thrown = Assert.Throws<InvalidOperationException>(() => ledger.Read(state));
        Assert.Contains("update 1 (epoch 1, batch 1)", thrown.Message);
    }

    [Fact]
    public void Where_each_is_read_none_is_noted_that_is_no_number()
    {
        using var ledger = new LossLedger(1);
        Assert.Throws<InvalidOperationException>(() => Add(ledger, Start, float.NaN, score: 0, rows: 1));
    }

    private static void Add(LossLedger ledger, TrainingState state, float loss, float score, int rows)
    {
        using var scope = NewDisposeScope();
        ledger.Add(state, [ledger.Note(state, new(tensor(loss), tensor(score), rows))]);
        state.Batch++;
        state.Update++;
    }
}
