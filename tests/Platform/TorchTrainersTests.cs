using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.TorchSharp;
using Microsoft.ML.TorchSharp.NasBert.Models;
using Microsoft.ML.Transforms.Image;
using MLNet.VisionLanguage.Tests.Support;
using Xunit;
using static TorchSharp.torch;

namespace MLNet.VisionLanguage.Tests.Platform;

/// <summary>
/// What of Microsoft.ML.TorchSharp works on the pinned TorchSharp: it was compiled against an older one. Its trainers do not run, its
/// evaluator, which needs no tensors, does.
/// </summary>
[Collection(TorchCollection.Name)]
public sealed class TorchTrainersTests
{
    private readonly MLContext _ml = new(seed: 1);

    [Fact]
    public void Detections_are_evaluated()
    {
        // Boxes x0 y0 x1 y1; those found cover 90 % of the right ones. Of two cats one is found, the dog is, and so are two that are not there.
        var rows = _ml.Data.LoadFromEnumerable(
        [
            new Detections
            {
                Label = ["cat", "dog"], Boxes = [0, 0, 10, 10, 20, 20, 40, 40],
                Found = ["cat", "dog", "dog"], FoundBoxes = [0, 0, 10, 9, 20, 20, 40, 38, 60, 60, 70, 70], Score = [0.9f, 0.8f, 0.7f],
            },
            new Detections { Label = ["cat"], Boxes = [0, 0, 10, 10], Found = ["dog"], FoundBoxes = [0, 0, 10, 10], Score = [0.6f] },
        ]);
        var metrics = _ml.MulticlassClassification.EvaluateObjectDetection(
            rows, rows.Schema[nameof(Detections.Label)], rows.Schema[nameof(Detections.Boxes)], rows.Schema[nameof(Detections.Found)],
            rows.Schema[nameof(Detections.FoundBoxes)], rows.Schema[nameof(Detections.Score)]);

        // Cats: a precision of 1 up to a recall of a half; dogs: 1 up to 1. Of the ten thresholds from 50 % on, the last asks for 95 %.
        Assert.Equal((0.5 + 1) / 2, metrics.MAP50, 1e-6);
        Assert.Equal(0.9 * (0.5 + 1) / 2, metrics.MAP50_95, 1e-6);
    }

    [Fact]
    public void The_evaluator_reads_texts_and_no_keys()
    {
        var rows = _ml.Data.LoadFromEnumerable([new Detections { Label = ["cat"], Boxes = [0, 0, 1, 1] }]);
        var keyed = _ml.Transforms.Conversion.MapValueToKey(nameof(Detections.Label)).Fit(rows).Transform(rows);

        Assert.Throws<ArgumentOutOfRangeException>(() => _ml.MulticlassClassification.EvaluateObjectDetection(
            keyed, keyed.Schema[nameof(Detections.Label)], keyed.Schema[nameof(Detections.Boxes)], keyed.Schema[nameof(Detections.Found)],
            keyed.Schema[nameof(Detections.FoundBoxes)], keyed.Schema[nameof(Detections.Score)]));
    }

    [Fact]
    public void Object_detection_calls_a_method_that_torch_sharp_no_longer_has()
    {
        using var folder = new TemporaryFolder();
        var ml = new MLContext(seed: 1) { TempFilePath = folder.Path };

        // Weights lie where it would download them to: a file of no tensors, as the network does not get as far as using them.
        Directory.CreateDirectory(folder.File("mlnet"));
        folder.Write(Path.Combine("mlnet", "autoformer_11m_torchsharp.bin"), [0]);
        using var image = MLImage.CreateFromPixels(8, 8, MLPixelFormat.Bgra32, new byte[8 * 8 * 4]);
        var rows = ml.Data.LoadFromEnumerable([new Picture { Image = image, Label = ["cat"], Boxes = [0, 0, 4, 4] }]);
        var trainer = ml.Transforms.Conversion.MapValueToKey(nameof(Picture.Label)).Append(ml.MulticlassClassification.Trainers.ObjectDetection(
            nameof(Picture.Label), boundingBoxColumnName: nameof(Picture.Boxes), imageColumnName: nameof(Picture.Image), maxEpoch: 1));

        Assert.Contains("interpolate", Assert.Throws<MissingMethodException>(() => trainer.Fit(rows)).Message);
    }

    /// <summary>
    /// Text classification, sentence similarity and entity recognition are all made of this encoder. It disposes what an initializer gives,
    /// which now is the weight itself.
    /// </summary>
    [Fact]
    public void The_encoder_of_the_text_trainers_has_lost_its_weights()
    {
        using var scope = NewDisposeScope();
        // Not disposed: its Dispose trips over what it lost.
        var encoder = new NasBertEncoder(
            paddingIdx: 1, vocabSize: 50, dropout: 0, attentionDropout: 0, activationDropout: 0, activationFn: "relu", dynamicDropout: false,
            addBiasKv: false, addZeroAttention: false, maxSeqLen: 16, learnedPositionEmbedding: true, embedSize: 64, embedScale: null,
            arches: [8, 12, 16, 20], usePositionEmbedding: true, offsetPositionsByPadding: true, numSegments: 0, encoderNormalizeBefore: false,
            numEncoderLayers: 4, applyBertInit: false, freezeEmbeddings: false, freezeLayers: false, freezeTransfer: false,
            nTransLayersToFreeze: 0);

        var error = Assert.Throws<InvalidOperationException>(() => encoder.call(tensor([5L, 6L, 7L], [1, 3]), null!, null!));
        Assert.Contains("Tensor invalid", error.Message);
    }

    private sealed class Detections
    {
        public string[] Label { get; set; } = [];

        public float[] Boxes { get; set; } = [];

        public string[] Found { get; set; } = [];

        public float[] FoundBoxes { get; set; } = [];

        public float[] Score { get; set; } = [];
    }

    private sealed class Picture
    {
        [ImageType(8, 8)]
        public MLImage? Image { get; set; }

        public string[] Label { get; set; } = [];

        public float[] Boxes { get; set; } = [];
    }
}
