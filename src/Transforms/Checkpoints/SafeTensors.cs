using System.Text.Json;
using MLNet.VisionLanguage.Checkpoints;

namespace MLNet.VisionLanguage;

/// <summary>Writes .safetensors files (the format of huggingface/safetensors).</summary>
public static class SafeTensors
{
    /// <summary>
    /// Writes a file, tensor by tensor. The old file, if any, is replaced only when the new one is complete on the disk; a save
    /// that fails leaves it as it was and nothing beside it.
    /// </summary>
    /// <param name="path">The file.</param>
    /// <param name="tensors">The tensors. Wider element types are placed first, so that every tensor lies aligned.</param>
    /// <param name="metadata">Notes for the header's __metadata__.</param>
    /// <exception cref="ArgumentException">A name stands twice or is "__metadata__".</exception>
    /// <exception cref="IOException">The file cannot be written, or the disk is full.</exception>
    /// <exception cref="InvalidOperationException">A tensor wrote another number of bytes than its shape says.</exception>
    public static void Write(string path, IEnumerable<NamedTensor> tensors, IReadOnlyDictionary<string, string>? metadata = null)
    {
        ArgumentNullException.ThrowIfNull(tensors);
        var ordered = tensors.OrderByDescending(t => TensorElements.SizeOf(t.ElementType)).ToList();
        var header = Header(ordered, metadata);
        if (header.Length > SafeTensorsReader.MaxHeaderLength)
        {
            throw new ArgumentException(
                $"The header of {ordered.Count} tensors has {header.Length} bytes; the format allows {SafeTensorsReader.MaxHeaderLength}.",
                nameof(tensors));
        }

        AtomicFile.Write(path, stream =>
        {
            stream.Write(BitConverter.GetBytes((ulong)header.Length));
            stream.Write(header);
            foreach (var tensor in ordered)
            {
                var begin = stream.Position;
                tensor.WriteTo(stream);
                var written = stream.Position - begin;
                if (written != tensor.ByteLength)
                {
                    throw new InvalidOperationException(
                        $"Tensor '{tensor.Name}' wrote {written} bytes; its type and shape need {tensor.ByteLength}.");
                }
            }
        });
    }

    private static byte[] Header(List<NamedTensor> tensors, IReadOnlyDictionary<string, string>? metadata)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            if (metadata is { Count: > 0 })
            {
                json.WriteStartObject("__metadata__");
                foreach (var (key, value) in metadata)
                    json.WriteString(key, value);
                json.WriteEndObject();
            }

            var names = new HashSet<string>(StringComparer.Ordinal) { "__metadata__" };
            var offset = 0L;
            foreach (var tensor in tensors)
            {
                if (!names.Add(tensor.Name))
                    throw new ArgumentException($"The tensor name '{tensor.Name}' is reserved or stands twice.", nameof(tensors));
                json.WriteStartObject(tensor.Name);
                json.WriteString("dtype", TensorElements.NameOf(tensor.ElementType));
                json.WriteStartArray("shape");
                foreach (var dimension in tensor.Shape)
                    json.WriteNumberValue(dimension);
                json.WriteEndArray();
                json.WriteStartArray("data_offsets");
                json.WriteNumberValue(offset);
                json.WriteNumberValue(offset = checked(offset + tensor.ByteLength));
                json.WriteEndArray();
                json.WriteEndObject();
            }

            json.WriteEndObject();
        }

        // Spaces bring the data to a multiple of 8 bytes, as the format asks.
        while (buffer.Length % 8 != 0)
            buffer.WriteByte((byte)' ');
        return buffer.ToArray();
    }
}
