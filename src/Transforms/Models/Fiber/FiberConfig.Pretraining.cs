using MLNet.VisionLanguage.Engine;
using MLNet.VisionLanguage.Models;

namespace MLNet.VisionLanguage;

// Words, pairs and comparisons without fusion.
public sealed partial record FiberConfig
{
    internal override int PairClass => 1;

    internal override VisionLanguageModel ForPretraining(int? regionNumbers) => this;

    internal override T Match<T>(IEngine<T> engine, ModelStates<T> states) => new FiberHeads<T>(engine, this).Match(states.Joint);

    internal override void BuildPretraining<T>(IRegionEngine<T> engine, ModelInputs<T> inputs)
    {
        var states = Build(engine, inputs with { IsPretraining = true });
        var heads = new FiberHeads<T>(engine, this);
        heads.PredictWords(states.Text);
        heads.Match(states.Joint);
        heads.Rank(states.Joint);
        var trunk = new FiberTrunk<T>(engine, this);
        trunk.EncodeImage(inputs.Pixels!);
        trunk.EncodeText(inputs.InputIds, inputs.AttentionMask);
        heads.Temperature();
        heads.KeepOthers();
    }
}
