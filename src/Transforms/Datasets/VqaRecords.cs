namespace MLNet.VisionLanguage;

/// <summary>One question of a VQA v2 questions file.</summary>
/// <param name="QuestionId">The question's number, unique in its file.</param>
/// <param name="ImageId">The image's number (or name, where a data set uses names) as the file writes it.</param>
/// <param name="Question">The question as asked.</param>
/// <param name="ImageFile">The image file named in the record itself ("image", "image_file" or "file_name"), if any.</param>
public sealed record VqaQuestion(long QuestionId, string ImageId, string Question, string? ImageFile = null);

/// <summary>One annotator's answer.</summary>
/// <param name="Answer">The answer as given.</param>
/// <param name="Id">The annotator's number within the question, from 1.</param>
/// <param name="Confidence">"yes", "maybe" or "no" where the file tells.</param>
public sealed record VqaHumanAnswer(string Answer, long Id, string? Confidence = null);

/// <summary>What annotators answered to one question (a record of a VQA v2 annotations file).</summary>
/// <param name="QuestionId">The question's number.</param>
/// <param name="ImageId">The image's number or name.</param>
/// <param name="QuestionType">The first words of the question, as the data set groups them.</param>
/// <param name="AnswerType">"yes/no", "number" or "other".</param>
/// <param name="MostCommonAnswer">The file's "multiple_choice_answer".</param>
/// <param name="Answers">All answers, ten in VQA v2.</param>
public sealed record VqaAnnotation(
    long QuestionId,
    string ImageId,
    string QuestionType,
    string AnswerType,
    string? MostCommonAnswer,
    IReadOnlyList<VqaHumanAnswer> Answers);

/// <summary>One answer of a results file in the format of the VQA evaluation server.</summary>
/// <param name="QuestionId">The question's number.</param>
/// <param name="Answer">The predicted answer.</param>
public sealed record VqaResult(long QuestionId, string Answer);
