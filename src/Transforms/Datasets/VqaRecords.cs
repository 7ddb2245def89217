using MLNet.VisionLanguage.Datasets;

namespace MLNet.VisionLanguage;

/// <summary>One question of a VQA v2 questions file.</summary>
/// <param name="QuestionId">The question's number or name, unique in its file.</param>
/// <param name="ImageId">The image's number or name.</param>
/// <param name="Question">The question as asked.</param>
/// <param name="ImageFile">The image file named in the record itself ("image", "image_file" or "file_name"), if any.</param>
/// <param name="Subset">
/// The subset of images named in the record ("coco_split", "data_subtype", "subset" or "split", such as train2014), if any; it goes before
/// that of the file's header.
/// </param>
public sealed record VqaQuestion(
    Identifier QuestionId, Identifier ImageId, string Question, string? ImageFile = null, string? Subset = null)
{
    /// <summary>The members of the record, as written, that the image pattern names; null when it names none.</summary>
    internal IReadOnlyDictionary<string, string>? Fields { get; init; }

    /// <summary>The answers, where the file of questions itself has them.</summary>
    internal QuestionLabel? Label { get; init; }
}

/// <summary>One annotator's answer.</summary>
/// <param name="Answer">The answer as given.</param>
/// <param name="Id">The annotator's number (or name) within the question, from 1.</param>
/// <param name="Confidence">"yes", "maybe" or "no" where the file tells.</param>
public sealed record VqaHumanAnswer(string Answer, Identifier Id, string? Confidence = null);

/// <summary>What annotators answered to one question (a record of a VQA v2 annotations file).</summary>
/// <param name="QuestionId">The question's number or name.</param>
/// <param name="ImageId">The image's number or name; the empty text when the file does not tell.</param>
/// <param name="QuestionType">The first words of the question, as the data set groups them.</param>
/// <param name="AnswerType">"yes/no", "number" or "other".</param>
/// <param name="MostCommonAnswer">The file's "multiple_choice_answer".</param>
/// <param name="Answers">All answers, ten in VQA v2.</param>
public sealed record VqaAnnotation(
    Identifier QuestionId,
    Identifier ImageId,
    string QuestionType,
    string AnswerType,
    string? MostCommonAnswer,
    IReadOnlyList<VqaHumanAnswer> Answers);

/// <summary>One answer of a results file in the format of the VQA evaluation server.</summary>
/// <param name="QuestionId">The question's number or name, which a file of results has as the questions have it.</param>
/// <param name="Answer">The predicted answer.</param>
public sealed record VqaResult(Identifier QuestionId, string Answer);
