namespace MLNet.VisionLanguage;

/// <summary>What can be wrong between the files of a data set.</summary>
public enum DatasetProblemKind
{
    /// <summary>A question id occurs again; the first question is kept.</summary>
    DuplicateQuestion,

    /// <summary>A question has no text.</summary>
    EmptyQuestion,

    /// <summary>A question id is annotated again; the first annotation is kept.</summary>
    DuplicateAnnotation,

    /// <summary>An annotation belongs to no question.</summary>
    AnnotationWithoutQuestion,

    /// <summary>A question has no annotation although annotations were given.</summary>
    QuestionWithoutAnnotation,

    /// <summary>A question's image file, or its row of region features, does not exist.</summary>
    MissingImage,

    /// <summary>A question's image file cannot be read: cut off, damaged, no picture ...</summary>
    UnreadableImage,

    /// <summary>An image's row of region features cannot be read: a column is damaged or does not fit the others.</summary>
    UnreadableFeatures,
}

/// <summary>A kind of problem, how often it occurs, and its first case.</summary>
/// <param name="Kind">What is wrong.</param>
/// <param name="Count">How many rows have it; they are left out of the examples.</param>
/// <param name="FirstExample">The first such row in words.</param>
public sealed record DatasetProblem(DatasetProblemKind Kind, int Count, string FirstExample)
{
    /// <summary>The problem as one line.</summary>
    public override string ToString()
    {
        var what = Kind switch
        {
            DatasetProblemKind.DuplicateQuestion => "repeated question ids",
            DatasetProblemKind.EmptyQuestion => "questions without text",
            DatasetProblemKind.DuplicateAnnotation => "repeated annotations",
            DatasetProblemKind.AnnotationWithoutQuestion => "annotations without a question",
            DatasetProblemKind.QuestionWithoutAnnotation => "questions without an annotation",
            DatasetProblemKind.UnreadableImage => "questions whose image cannot be read",
            DatasetProblemKind.UnreadableFeatures => "questions whose region features cannot be read",
            _ => "questions whose image is missing",
        };
        return $"{Count} {what}, the first: {FirstExample}";
    }
}
