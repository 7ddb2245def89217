namespace MLNet.VisionLanguage.Models;

/// <summary>How a model writes a caption, word by word.</summary>
/// <param name="Image">What it reads of the image at every word, computed once; each has a row for each image.</param>
/// <param name="Next">Computes a word.</param>
internal sealed record CaptionSteps<T>(IReadOnlyList<T> Image, CaptionStep<T> Next)
    where T : class;

/// <summary>The next words' logits [rows, vocabulary], and what is to be remembered of each row for the word after.</summary>
/// <param name="words">The words before, Int64 [rows, 1].</param>
/// <param name="place">Their number in the caption, from 0.</param>
/// <param name="memory">What was to be remembered at the word before, each with a row for each row; nothing at the first.</param>
/// <param name="image"><see cref="CaptionSteps{T}.Image"/>, with a row for each row.</param>
internal delegate (T Logits, IReadOnlyList<T> Memory) CaptionStep<T>(T words, int place, IReadOnlyList<T> memory, IReadOnlyList<T> image)
    where T : class;
