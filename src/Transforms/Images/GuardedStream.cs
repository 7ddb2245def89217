namespace MLNet.VisionLanguage.Images;

/// <summary>
/// A file for native code to read. An exception must not pass through native code, which ends the process: here a failing read looks like
/// the end of the file, and the error is raised afterwards.
/// </summary>
internal sealed class GuardedStream(Stream inner) : Stream
{
    private Exception? _error;

    public override bool CanRead => true;

    public override bool CanSeek => true;

    public override bool CanWrite => false;

    public override long Length { get; } = inner.Length;

    public override long Position { get => inner.Position; set => Seek(value, SeekOrigin.Begin); }

    /// <exception cref="IOException">A read failed.</exception>
    public void ThrowIfFailed()
    {
        if (_error is not null) throw new IOException(_error.Message, _error);
    }

    public override int Read(byte[] buffer, int offset, int count) => Guard(() => inner.Read(buffer, offset, count));

    public override long Seek(long offset, SeekOrigin origin) => Guard(() => inner.Seek(offset, origin));

    public override void Flush()
    {
    }

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    private T Guard<T>(Func<T> access)
        where T : struct
    {
        try
        {
            return _error is null ? access() : default;
        }
        catch (Exception e)
        {
            _error = e;
            return default;
        }
    }
}
