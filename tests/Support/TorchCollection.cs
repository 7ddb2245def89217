using Xunit;

namespace MLNet.VisionLanguage.Tests.Support;

/// <summary>Tests that depend on libtorch's random numbers and thread count, which are the process's: never beside other tests.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class TorchCollection
{
    public const string Name = "torch";
}
