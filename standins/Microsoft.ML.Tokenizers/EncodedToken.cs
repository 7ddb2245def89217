namespace Microsoft.ML.Tokenizers;

public readonly struct EncodedToken(int id, string value, Range offset) : IEquatable<EncodedToken>
{
    public int Id { get; } = id;
    public string Value { get; } = value;
    public Range Offset { get; } = offset;

    public bool Equals(EncodedToken other) => Id == other.Id && Value == other.Value && Offset.Equals(other.Offset);
    public override bool Equals(object? obj) => obj is EncodedToken other && Equals(other);
    public override int GetHashCode() => HashCode.Combine(Id, Value, Offset);
}

public struct EncodeResults<T>
{
    public IReadOnlyList<T> Tokens { get; set; }
    public string? NormalizedText { get; set; }
    public int CharsConsumed { get; set; }
}

public struct EncodeSettings
{
    public EncodeSettings() => MaxTokenCount = int.MaxValue;

    public bool ConsiderNormalization { get; set; }
    public bool ConsiderPreTokenization { get; set; }
    public int MaxTokenCount { get; set; }
}
