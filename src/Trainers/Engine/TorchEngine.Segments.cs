using TorchSharp;
using static TorchSharp.torch;

namespace MLNet.VisionLanguage.Engine;

/// <summary>
/// Parts that are computed a second time in the backward pass, so that nothing between their inputs and outputs has to be kept until then
/// (gradient checkpointing; Chen et al. 2016, "Training deep nets with sublinear memory cost").
/// </summary>
internal sealed partial class TorchEngine
{
    /// <summary>Whether segments are computed again.</summary>
    public bool RecomputesSegments { get; init; }

    public IReadOnlyList<Tensor> Segment(IReadOnlyList<Tensor> inputs, Func<IReadOnlyList<Tensor>, IReadOnlyList<Tensor>> part) =>
        RecomputesSegments && Training && is_grad_enabled() && inputs.Any(input => input.requires_grad)
            ? Again.apply([new Part(this, part), .. inputs])
            : part(inputs);

    /// <summary>Takes dropout back to where it is now. The state of a GPU's generator cannot be read, but what starts one can be drawn.</summary>
    private Action Rewinder()
    {
        if (Device.type == DeviceType.CUDA)
        {
            using var drawn = randint(int.MaxValue, [1]);
            var seed = drawn.ToInt32();
            return () => cuda.manual_seed_all(seed);
        }

        var state = Random?.get_state() ?? random.get_rng_state();
        return () =>
        {
            if (Random is not null) Random.set_state(state);
            else random.set_rng_state(state);
        };
    }

    /// <summary>A part, and where its dropout starts from.</summary>
    private sealed class Part(TorchEngine engine, Func<IReadOnlyList<Tensor>, IReadOnlyList<Tensor>> compute)
    {
        private readonly Action _rewind = engine.Rewinder();

        /// <summary>What it makes of its inputs. An output that is a view of an input would be taken for the input.</summary>
        public List<Tensor> First(IReadOnlyList<Tensor> inputs)
        {
            using var scope = NewDisposeScope();
            using var untracked = no_grad();
            _rewind();
            return [.. compute(inputs).Select(output => output.clone().MoveToOuterDisposeScope())];
        }

        /// <summary>
        /// The inputs' gradients, null for those that are not read, from the outputs', which are invalid where an output is not read.
        /// Parameters' are added to what they have.
        /// </summary>
        public List<Tensor?> Gradients(IReadOnlyList<Tensor> inputs, IReadOnlyList<Tensor> gradients)
        {
            using var scope = NewDisposeScope();
            using var tracked = enable_grad();
            _rewind();
            if (gradients.All(gradient => gradient.IsInvalid)) return [.. inputs.Select(_ => (Tensor?)null)];
            Tensor[] leaves = [.. inputs.Select(input => input.detach().requires_grad_(input.requires_grad))];
            (Tensor Output, Tensor Gradient)[] read = [.. compute(leaves).Zip(gradients).Where(pair => !pair.Second.IsInvalid)];
            autograd.backward([.. read.Select(pair => pair.Output)], [.. read.Select(pair => pair.Gradient)]);
            return [.. leaves.Select(leaf => leaf.grad?.MoveToOuterDisposeScope())];
        }
    }

    private sealed class Again : autograd.MultiTensorFunction<Again>
    {
        private const string Kept = "part";

        public override string Name => "Segment";

        public override List<Tensor> forward(autograd.AutogradContext context, params object[] vars)
        {
            // An output that nobody reads has no gradient, and parameters behind it get none, not zeros that weight decay would take for one.
            context.set_materialize_grads(false);
            context.save_data(Kept, (Part)vars[0]);
            List<Tensor> inputs = [.. vars.Skip(1).Cast<Tensor>()];
            context.save_for_backward(inputs);
            return ((Part)vars[0]).First(inputs);
        }

        public override List<Tensor> backward(autograd.AutogradContext context, List<Tensor> gradients)
        {
            var ofInputs = ((Part)context.get_data(Kept)).Gradients(context.get_saved_variables(), gradients);
            return [null!, .. ofInputs.Select(gradient => gradient!)];
        }
    }
}
