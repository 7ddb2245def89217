using Microsoft.ML;
using Microsoft.ML.Data;
using Xunit;

namespace MLNet.VisionLanguage.Tests.Contract;

public class RegisteredTypeTests
{
    [Fact]
    public void ObjectsOfARegisteredTypeFlowThroughColumns()
    {
        var ml = new MLContext(seed: 1);
        var payload = new Payload();
        var view = ml.Data.LoadFromEnumerable([new Carrier { Id = 4, Payload = payload }]);
        Assert.IsType<PayloadDataViewType>(view.Schema["Payload"].Type);
        Assert.Same(payload, view.GetColumn<Payload>("Payload").Single());
        Assert.Same(payload, ml.Data.CreateEnumerable<Carrier>(view, false).Single().Payload);
    }

    [Fact]
    public void CachesAndShufflesLeaveOutWhatTheyCannotCopy()
    {
        var ml = new MLContext(seed: 1);
        var view = ml.Data.LoadFromEnumerable([new Carrier { Id = 4, Payload = new Payload() }]);
        foreach (var copying in new[] { ml.Data.Cache(view), ml.Data.ShuffleRows(view) })
        {
            Assert.Null(copying.Schema.GetColumnOrNull("Payload"));
            Assert.Equal([4], copying.GetColumn<int>("Id"));
        }

        Assert.NotNull(ml.Data.TakeRows(view, 1).Schema.GetColumnOrNull("Payload"));
    }

    private sealed class Payload
    {
    }

    private sealed class Carrier
    {
        public int Id { get; set; }

        [PayloadType]
        public Payload? Payload { get; set; }
    }

    private sealed class PayloadDataViewType() : StructuredDataViewType(typeof(Payload))
    {
        public override bool Equals(DataViewType? other) => other is PayloadDataViewType;

        public override bool Equals(object? other) => other is PayloadDataViewType;

        public override int GetHashCode() => 17;
    }

    private sealed class PayloadTypeAttribute : DataViewTypeAttribute
    {
        public override void Register() => DataViewTypeManager.Register(new PayloadDataViewType(), typeof(Payload), this);

        public override bool Equals(DataViewTypeAttribute? other) => other is PayloadTypeAttribute;

        public override bool Equals(object? other) => other is PayloadTypeAttribute;

        public override int GetHashCode() => 18;
    }
}
