using MLNet.VisionLanguage.Engine;
using MLNet.VisionLanguage.Models;

namespace MLNet.VisionLanguage;

// LXRTPretraining, under its own names.
public sealed partial record LxmertConfig
{
    internal override int PairClass => 1;

    internal override VisionLanguageModel ForPretraining(int? regionNumbers) => this with { PretrainingAnswerCount = 0 };

    internal override VisionLanguageModel? WithPretrainingAnswers(int answers) => this with { PretrainingAnswerCount = answers };

    internal override T Match<T>(IEngine<T> engine, ModelStates<T> states) => new LxmertHeads<T>(engine, this).Match(states);

    internal override void BuildPretraining<T>(IRegionEngine<T> engine, ModelInputs<T> inputs) => Pretrain(engine, inputs);

    /// <summary>All that pre-training predicts.</summary>
    internal LxmertPredictions<T> Pretrain<T>(IRegionEngine<T> engine, ModelInputs<T> inputs)
        where T : class => new LxmertHeads<T>(engine, this).Pretrain(Build(engine, inputs, PretrainingTrunk), PretrainingAnswerCount);
}
