namespace MLNet.VisionLanguage;

/// <summary>The optimisers of the reference training scripts.</summary>
public enum OptimizerKind
{
    /// <summary>
    /// pytorch_transformers' AdamW: decay is applied after the update with the plain learning rate. Bias correction is optional; eps is
    /// added to the uncorrected root.
    /// </summary>
    AdamW,

    /// <summary>LXMERT's BertAdam (lxrt/optimization.py): no bias correction, weight decay inside the update.</summary>
    BertAdam,

    /// <summary>
    /// Rectified Adam (Liu et al. 2020) as in vilbert/optimization.py: decay first, plain momentum while N_sma is below 5.
    /// </summary>
    RAdam,

    /// <summary>
    /// Stochastic gradient descent with momentum, as detectors are trained (torch.optim.SGD): decay is part of the gradient, Beta1 is the
    /// momentum.
    /// </summary>
    Momentum,
}
