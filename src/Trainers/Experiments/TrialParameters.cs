using System.Collections;
using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace MLNet.VisionLanguage;

/// <summary>The values of one trial's parameters, in the order of the search space; JSON has them as one object.</summary>
[JsonConverter(typeof(Converter))]
public sealed class TrialParameters : IReadOnlyCollection<KeyValuePair<string, object>>, IEquatable<TrialParameters>
{
    private static readonly JsonSerializerOptions Readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly List<KeyValuePair<string, object>> _values = [];

    /// <summary>The values by name.</summary>
    /// <param name="values">Texts, whole numbers, numbers or truths.</param>
    /// <exception cref="ArgumentException">A name stands twice, or a value is of another type.</exception>
    public TrialParameters(IEnumerable<KeyValuePair<string, object>> values)
    {
        ArgumentNullException.ThrowIfNull(values);
        foreach (var (name, value) in values)
        {
            if (value is not (string or int or double or bool))
                throw new ArgumentException($"Parameter '{name}' must be a text, a number or a truth.", nameof(values));
            if (Has(name)) throw new ArgumentException($"Parameter '{name}' stands twice.", nameof(values));
            _values.Add(new(name, value));
        }
    }

    /// <inheritdoc/>
    public int Count => _values.Count;

    /// <summary>Whether the trial has a parameter; one whose condition does not hold is missing.</summary>
    /// <param name="name">The parameter.</param>
    public bool Has(string name) => Find(name) is not null;

    /// <summary>A parameter's value.</summary>
    /// <typeparam name="T">String, Int32, Double (which takes whole numbers too) or Boolean.</typeparam>
    /// <param name="name">The parameter.</param>
    /// <exception cref="KeyNotFoundException">The trial has none of that name.</exception>
    /// <exception cref="InvalidOperationException">It is of another type.</exception>
    public T Get<T>(string name) => Find(name) switch
    {
        T value => value,
        int whole when typeof(T) == typeof(double) => (T)(object)(double)whole,
        null => throw new KeyNotFoundException($"The trial has no parameter '{name}'; it has {string.Join(", ", _values.Select(pair => pair.Key))}."),
        var other => throw new InvalidOperationException($"Parameter '{name}' is {other} ({other.GetType().Name}); {typeof(T).Name} is expected."),
    };

    /// <summary>A parameter's value, or another when the trial has none.</summary>
    /// <typeparam name="T">As <see cref="Get{T}(string)"/> has it.</typeparam>
    /// <param name="name">The parameter.</param>
    /// <param name="otherwise">What stands in for it.</param>
    /// <exception cref="InvalidOperationException">It is of another type.</exception>
    public T Get<T>(string name, T otherwise) => Has(name) ? Get<T>(name) : otherwise;

    /// <inheritdoc/>
    public IEnumerator<KeyValuePair<string, object>> GetEnumerator() => _values.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <summary>The JSON object.</summary>
    public override string ToString() => JsonSerializer.Serialize(this, Readable);

    /// <inheritdoc/>
    public bool Equals(TrialParameters? other) => other is not null && _values.SequenceEqual(other._values);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as TrialParameters);

    /// <inheritdoc/>
    public override int GetHashCode() => _values.Aggregate(0, (hash, pair) => HashCode.Combine(hash, pair.Key, pair.Value));

    internal object? Find(string name)
    {
        foreach (var (key, value) in _values)
            if (key == name) return value;
        return null;
    }

    private sealed class Converter : JsonConverter<TrialParameters>
    {
        public override TrialParameters Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
        {
            using var json = JsonDocument.ParseValue(ref reader);
            return new(json.RootElement.EnumerateObject().Select(one => new KeyValuePair<string, object>(one.Name, one.Value switch
            {
                { ValueKind: JsonValueKind.String } text => text.GetString()!,
                { ValueKind: JsonValueKind.True or JsonValueKind.False } truth => truth.GetBoolean(),
                { ValueKind: JsonValueKind.Number } whole when IsWhole(whole.GetRawText()) && whole.TryGetInt32(out var number) => number,
                { ValueKind: JsonValueKind.Number } number => number.GetDouble(),
                var other => throw new JsonException($"Parameter '{one.Name}': a text, a number or a truth is expected, found {other.ValueKind}."),
            })));
        }

        public override void Write(Utf8JsonWriter writer, TrialParameters value, JsonSerializerOptions options)
        {
            writer.WriteStartObject();
            foreach (var (name, one) in value)
            {
                writer.WritePropertyName(name);
                switch (one)
                {
                    case string text: writer.WriteStringValue(text); break;
                    case bool truth: writer.WriteBooleanValue(truth); break;
                    case int whole: writer.WriteNumberValue(whole); break;
                    case double number: writer.WriteRawValue(Text(number)); break;
                }
            }

            writer.WriteEndObject();
        }

        /// <summary>A Double keeps its point, by which it is told from a whole number.</summary>
        private static string Text(double number)
        {
            var text = number.ToString("R", CultureInfo.InvariantCulture);
            return IsWhole(text) ? text + ".0" : text;
        }

        private static bool IsWhole(string text) => text.AsSpan().IndexOfAnyExcept("-0123456789") < 0;
    }
}
