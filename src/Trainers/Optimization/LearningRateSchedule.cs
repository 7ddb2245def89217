namespace MLNet.VisionLanguage;

/// <summary>How the learning rate moves over the updates of a training run.</summary>
public enum LearningRateSchedule
{
    /// <summary>Linear warm-up from 0, then linear decay to 0 (pytorch_transformers WarmupLinearSchedule).</summary>
    WarmupLinear,

    /// <summary>Linear warm-up from 0, then constant (WarmupConstantSchedule).</summary>
    WarmupConstant,

    /// <summary>
    /// The default of ViLBERT's train_tasks ("mannul"): the first update at the full rate, then warm-up, then constant; times 0.2 from
    /// epoch 5 on and again from epoch 7 on. An epoch's end sets the rate to the epoch's factor, even in mid warm-up.
    /// </summary>
    Manual,

    /// <summary>BertAdam's: warm-up, then max((x - 1)/(w - 1), 0) with x the fraction of all updates done (lxrt/optimization.py).</summary>
    BertAdam,

    /// <summary>No change.</summary>
    Constant,

    /// <summary>
    /// VL-BERT's "triangle" (common/trainer.py), and that of ViLBERT's pre-training (train_concap.py): as <see cref="WarmupLinear"/>, but
    /// moved on before each update, so that the first one has a rate above 0.
    /// </summary>
    Triangle,

    /// <summary>
    /// Linear warm-up, then constant but for steps down at shares of all updates (detectron2's WarmupMultiStepLR, Detectron's and FIBER's detectors' schedule).
    /// </summary>
    WarmupSteps,

    /// <summary>Linear warm-up from 0, then half a cosine down to 0 (the transformers library's cosine schedule).</summary>
    WarmupCosine,
}
