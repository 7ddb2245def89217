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

        /// <summary>How well text and image suit each other: one score, to find either by the other.</summary>
        Retrieval,
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

        /// <summary>The class that counts where a score is made of two: by how much its logit is above the other's.</summary>
        public int? PairClass { get; init; }

        /// <summary>What its parameters are.</summary>
        public ParameterMarks Marks { get; init; } = ParameterMarks.Head;

        /// <summary>Logits [B, classes] of so many vectors each side by side, [B × parts, width].</summary>
        public T Join<T>(IEngine<T> engine, T joint, int width, int parts, int classes)
            where T : class =>
            Run(engine, parts == 1 ? joint : engine.Reshape(joint, -1, (long)parts * width), classes);

        /// <summary>One score each of so many vectors, [B, parts] of [B × parts, width].</summary>
        public T Rank<T>(IEngine<T> engine, T joint, int parts)
            where T : class =>
            engine.Reshape(
                PairClass is { } pair ? Difference(engine, Run(engine, joint, 2), pair) : Run(engine, joint, 1), -1, parts);

        private protected T Run<T>(IEngine<T> engine, T vector, int classes)
            where T : class
        {
            using var marks = engine.Mark(Marks);
            return Layers.Run(engine, vector, classes);
        }

        private static T Difference<T>(IEngine<T> engine, T logits, int pair)
            where T : class =>
            engine.Subtract(engine.Slice(logits, 1, pair, pair + 1), engine.Slice(logits, 1, 1 - pair, 2 - pair));
    }

    /// <summary>A classifier on the state of every region: how well it suits the text.</summary>
    /// <param name="Name">What its parameters' names start with.</param>
    /// <param name="TaskId">The number of its task.</param>
    /// <param name="Layers">Its layers.</param>
    internal sealed record RegionClassifier(string Name, int TaskId, Classifier Layers) : TaskClassifier(Name, TaskId, Layers)
    {
        /// <summary>
        /// Whether a region is trained to be meant or not, all regions of a batch counting alike; otherwise towards its overlap with what is
        /// meant, each row's regions added up.
        /// </summary>
        public bool IsBinary { get; init; }

        /// <summary>One logit a region, [B, R], of states [B, R, width]; padding has one too.</summary>
        public T Suit<T>(IEngine<T> engine, T regions)
            where T : class => engine.Squeeze(Run(engine, regions, 1), 2);

        /// <summary>The same, with padding pushed down by 10000.</summary>
        public T Suit<T>(IEngine<T> engine, ModelStates<T> states)
            where T : class =>
            engine.Add(Suit(engine, states.Image), engine.Affine(engine.ToFloat(states.ImageMask), 10000f, -10000f));
    }
}
