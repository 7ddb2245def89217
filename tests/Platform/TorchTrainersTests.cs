using Microsoft.ML;
using Microsoft.ML.TorchSharp;
using MLNet.VisionLanguage.Tests.Support;
using Xunit;

namespace MLNet.VisionLanguage.Tests.Platform;

/// <summary>
/// What of Microsoft.ML.TorchSharp works on the pinned TorchSharp: it was compiled against an older one. Its trainers do not run, its
/// evaluators, which need no tensors, do.
/// </summary>
[Collection(TorchCollection.Name)]
public sealed class TorchTrainersTests
{
    private readonly MLContext _ml = new(seed: 1);

    [Fact]
    public void DetectionsAreEvaluated()
    {
        var rows = _ml.Data.LoadFromEnumerable(
        [
            new Detection { Label = ["cat", "dog"], Boxes = [0, 0, 10, 10, 20, 20, 40, 40], Found = ["cat"], FoundBoxes = [0, 0, 10, 10], Score = [0.9f] },
            new Detection { Label = ["dog"], Boxes = [5, 5, 25, 25], Found = ["dog"], FoundBoxes = [5, 5, 25, 25], Score = [0.8f] },
        ]);
        // Its documentation asks for keys; it reads texts.
        var metrics = _ml.MulticlassClassification.EvaluateObjectDetection(
            rows, rows.Schema[nameof(Detection.Label)], rows.Schema[nameof(Detection.Boxes)], rows.Schema[nameof(Detection.Found)],
            rows.Schema[nameof(Detection.FoundBoxes)], rows.Schema[nameof(Detection.Score)]);

        // Every cat is found; of two dogs one: a precision of 1 up to a recall of a half.
        Assert.InRange(metrics.MAP50, 0.74, 0.78);
    }

    [Fact]
    public void ItsTrainersCallMethodsThatThePinnedTorchSharpNoLongerHas()
    {
        var missing = new List<string>();
        var module = typeof(TorchSharpCatalog).Module;
        foreach (var token in Enumerable.Range(1, 0xffff).Select(row => MemberReferenceTable | row))
        {
            try
            {
                module.ResolveMember(token);
            }
            catch (MissingMethodException e)
            {
                missing.Add(e.Message);
            }
            catch (ArgumentOutOfRangeException)
            {
                break;
            }
            catch (Exception e) when (e is ArgumentException or BadImageFormatException)
            {
                // A member of a generic type, which has no meaning without its arguments.
            }
        }

        Assert.Contains(missing, message => message.Contains("interpolate", StringComparison.Ordinal));
    }

    private const int MemberReferenceTable = 0x0A000000;

    private sealed class Detection
    {
        public string[] Label { get; set; } = [];

        public float[] Boxes { get; set; } = [];

        public string[] Found { get; set; } = [];

        public float[] FoundBoxes { get; set; } = [];

        public float[] Score { get; set; } = [];
    }
}
