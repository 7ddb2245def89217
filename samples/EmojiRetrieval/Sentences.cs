using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using Microsoft.ML.OnnxRuntime;
using MLNet.VisionLanguage;

namespace EmojiRetrieval;

/// <summary>Texts as vectors of all-MiniLM-L6-v2, whose files lie in an assembly that is not loaded.</summary>
internal static class Sentences
{
    public const int Width = 384;

    /// <summary>A vector of length 1 for each text.</summary>
    public static float[][] Encode(string assembly, IEnumerable<string> texts)
    {
        var tokenizer = new BertTextTokenizer(BertVocabulary.Parse(System.Text.Encoding.UTF8.GetString(Resource(assembly, "vocab.txt"))));
        using var session = new InferenceSession(Resource(assembly, "model.onnx"));
        return [.. texts.Select(Encode)];

        float[] Encode(string text)
        {
            var encoded = tokenizer.Encode(text);
            long[] shape = [1, encoded.InputIds.Length];
            using OrtValue ids = Value(encoded.InputIds), mask = Value(encoded.AttentionMask), types = Value(encoded.TokenTypeIds);
            using var states = session.Run(new(), ["input_ids", "attention_mask", "token_type_ids"], [ids, mask, types], ["last_hidden_state"]);
            var mean = new float[Width];
            foreach (var (value, i) in states[0].GetTensorDataAsSpan<float>().ToArray().Select((value, i) => (value, i))) mean[i % Width] += value;
            var length = MathF.Sqrt(mean.Sum(value => value * value));
            return Array.ConvertAll(mean, value => value / length);

            OrtValue Value(long[] values) => OrtValue.CreateTensorValueFromMemory(values, shape);
        }
    }

    private static byte[] Resource(string assembly, string ending)
    {
        using var file = new PEReader(File.OpenRead(assembly));
        var metadata = file.GetMetadataReader();
        var resource = metadata.ManifestResources.Select(metadata.GetManifestResource).First(found => metadata.GetString(found.Name).EndsWith(ending));
        var all = file.GetSectionData(file.PEHeaders.CorHeader!.ResourcesDirectory.RelativeVirtualAddress);
        var content = all.GetReader((int)resource.Offset, all.Length - (int)resource.Offset);
        return content.ReadBytes(content.ReadInt32());
    }
}
