using Microsoft.ML.Data;
using Microsoft.ML.Transforms.Image;
using MLNet.VisionLanguage.Datasets;
using MLNet.VisionLanguage.Files;

namespace MLNet.VisionLanguage;

/// <summary>A question about a drawn image, with the image itself.</summary>
public sealed class ShapesExample
{
    /// <summary>The question's number in its part, from 0 (column QuestionId, Text).</summary>
    public string QuestionId { get; set; } = "";

    /// <summary>The part and the number of the image (column ImageId, Text).</summary>
    public string ImageId { get; set; } = "";

    /// <summary>The image (column Image, Image of 30 × 30).</summary>
    [ImageType(ShapesDataset.Side, ShapesDataset.Side)]
    public MLImage Image { get; set; } = null!;

    /// <summary>The question (column Question, Text).</summary>
    public string Question { get; set; } = "";

    /// <summary>"true" or "false" (column Answers, Vector&lt;Text&gt;).</summary>
    [VectorType]
    public string[] Answers { get; set; } = [];

    /// <summary>1 (column AnswerScores, Vector&lt;Single&gt;).</summary>
    [VectorType]
    public float[] AnswerScores { get; set; } = [];
}

/// <summary>
/// SHAPES (github.com/ronghanghu/n2nmn, exp_shapes): &lt;part&gt;.input.npy has images N × 30 × 30 × 3 of bytes, blue first;
/// &lt;part&gt;.query_str.txt a question a line; &lt;part&gt;.output true or false a line.
/// </summary>
public static class ShapesDataset
{
    internal const int Side = 30;
    private const int Channels = 3;

    /// <summary>Opens a part. An image is made when its row is read; images of one pass over the rows are not those of another.</summary>
    /// <param name="folder">The folder of the files.</param>
    /// <param name="part">"train.small", "val" or another.</param>
    /// <exception cref="FileNotFoundException">A file is missing.</exception>
    /// <exception cref="InvalidDataException">The images are of another size, or the files have different numbers of rows.</exception>
    public static DatasetRows<ShapesExample> Load(string folder, string part)
    {
        string PathOf(string ending) => DatasetImages.Existing(Path.Combine(folder, $"{part}.{ending}"));
        var images = NpyFile.Read(PathOf("input.npy"));
        if (images.Type != "|u1" || images.Shape is not [_, Side, Side, Channels])
            throw new InvalidDataException($"{images.Path}: bytes of shape N × {Side} × {Side} × {Channels} are expected but it has {images}.");
        TextLine[] questions = [.. TextLine.Read(PathOf("query_str.txt"))], answers = [.. TextLine.Read(PathOf("output"))];
        foreach (var (ending, lines) in new[] { ("query_str.txt", questions), ("output", answers) })
        {
            if (lines.Length != images.Shape[0])
                throw new InvalidDataException($"{PathOf(ending)}: it has {lines.Length} lines for {images.Shape[0]} images.");
        }

        foreach (var answer in answers.Where(answer => answer.Text.Trim() is not ("true" or "false")))
            throw answer.Error($"true or false is expected but it is '{answer.Text}'");
        return new(Enumerable.Range(0, questions.Length).Select(i => new ShapesExample
        {
            QuestionId = $"{i}",
            ImageId = $"{part}-{i}",
            Image = ToImage(images.Item(i)),
            Question = questions[i].Text.Trim(),
            Answers = [answers[i].Text.Trim()],
            AnswerScores = [1],
        }));
    }

    private static MLImage ToImage(ReadOnlySpan<byte> pixels)
    {
        var opaque = new byte[Side * Side * 4];
        for (var i = 0; i < Side * Side; i++)
        {
            pixels.Slice(i * Channels, Channels).CopyTo(opaque.AsSpan(i * 4));
            opaque[(i * 4) + Channels] = byte.MaxValue;
        }

        return MLImage.CreateFromPixels(Side, Side, MLPixelFormat.Bgra32, opaque);
    }
}
