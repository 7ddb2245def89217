using MLNet.VisionLanguage.Engine;
using MLNet.VisionLanguage.Layers;
using MLNet.VisionLanguage.Models;

namespace MLNet.VisionLanguage
{
    /// <summary>Which of a reference's answer classifiers a model uses; some have one for each, under names of their own.</summary>
    public enum AnswerHead
    {
        /// <summary>VQA v2: 3129 answers in the references; ViLBERT's vil_prediction.</summary>
        Vqa,

        /// <summary>GQA: 1533 (ViLBERT's vil_prediction_gqa) or 1842 (LXMERT) answers in the references.</summary>
        Gqa,
    }

    /// <summary>A classifier of a reference that answers questions.</summary>
    /// <param name="Head">The data set it is for.</param>
    /// <param name="Name">What its parameters' names start with.</param>
    /// <param name="TaskId">The number of its task.</param>
    /// <param name="Layers">Its layers.</param>
    internal sealed record AnswerClassifier(AnswerHead Head, string Name, int TaskId, Classifier Layers) : TaskClassifier(Name, TaskId, Layers);
}

namespace MLNet.VisionLanguage.Models
{
    /// <summary>Classifiers of a model besides those that answer questions.</summary>
    internal enum ClassifierUse
    {
        /// <summary>Whether the image makes the text true, false or neither.</summary>
        Entailment,

        /// <summary>Whether a text about two images is true; the vector is those of both side by side.</summary>
        Pairs,

        /// <summary>How well a text suits the image: one score, to choose among several texts.</summary>
        Choices,
    }

    /// <summary>A classifier on a model's joint vector, <see cref="ModelStates{T}.Joint"/>.</summary>
    /// <param name="Name">What its parameters' names start with.</param>
    /// <param name="TaskId">The number of its task.</param>
    /// <param name="Layers">Its layers.</param>
    internal record TaskClassifier(string Name, int TaskId, Classifier Layers)
    {
        /// <summary>Whether it reads the answer slot of a model that has one.</summary>
        public bool ReadsSlot { get; init; } = true;

        /// <summary>Whether its classes exclude each other (softmax), or each is one by itself (sigmoid), as the reference trains it.</summary>
        public bool IsExclusive { get; init; }

        /// <summary>Logits [B, classes] of so many vectors each side by side, [B × parts, width].</summary>
        public T Join<T>(IEngine<T> engine, T joint, int width, int parts, int classes)
            where T : class =>
            Run(engine, parts == 1 ? joint : engine.Reshape(joint, -1, (long)parts * width), classes);

        /// <summary>One score each of so many vectors, [B, parts] of [B × parts, width].</summary>
        public T Rank<T>(IEngine<T> engine, T joint, int parts)
            where T : class =>
            engine.Reshape(Run(engine, joint, 1), -1, parts);

        private T Run<T>(IEngine<T> engine, T vector, int classes)
            where T : class
        {
            using var marks = engine.Mark(ParameterMarks.Head);
            return Layers.Run(engine, vector, classes);
        }
    }
}
