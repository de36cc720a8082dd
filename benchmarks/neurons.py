"""Images a second of a training step beside SpikingJelly's multi-step LIF: forward and backward, same convolutions.

The convolutions, batch norms and pools of a network, once as `train.models.SpikingNetwork` in floating point, once with
``LIFNode`` of SpikingJelly 2.0 (multi-step, backend torch, surrogate ATan, reset by subtraction without a gradient, as
ours; the readout's sums are added up). Ours convolves an image once for all timesteps, theirs in each. Rounds of both
take turns in one process on one thread, and what counts is the median of the processor time; with ``--device cuda``,
of the time by the clock until the GPU has finished. There ours is also replayed as one launch, as training does
(`train.replay`).
*Saved* is what autograd keeps from the forward pass for the backward pass, each storage once, parameters left out.
Needs ``pip install 'hwgen[benchmark]'``.
"""

import statistics
import time
from contextlib import nullcontext

import torch
from torch import nn

from hwgen.errors import HwgenError
from train.models import ARCHITECTURES, SpikingNetwork
from train.replay import WARM, beside, recorded

from .common import main, parser, table


def peer(architecture) -> nn.Module:
    """The same network of SpikingJelly's modules: [T, N, C, H, W] -> the readout's sums at each timestep."""
    try:
        from spikingjelly.activation_based import layer, neuron, surrogate
    except ImportError as error:
        raise HwgenError(f"SpikingJelly cannot be imported ({error})", "pip install 'hwgen[benchmark]'") from error

    parts = []
    for stage in architecture.stages[:-1]:
        parts += [layer.SeqToANNContainer(nn.Conv2d(stage.in_channels, stage.out_channels, stage.kernel, stage.stride,
                                                    stage.padding, bias=False), nn.BatchNorm2d(stage.out_channels)),
                  neuron.LIFNode(tau=2.0, v_reset=None, v_threshold=architecture.v_threshold, detach_reset=True,
                                 surrogate_function=surrogate.ATan(), step_mode="m")]
        if stage.pool > 1:
            parts.append(layer.SeqToANNContainer(nn.MaxPool2d(stage.pool)))
    stage = architecture.stages[-1]
    parts += [layer.SeqToANNContainer(nn.Conv2d(stage.in_channels, stage.out_channels, stage.kernel))]
    return nn.Sequential(*parts)


def steps(architecture, batch: int, device: str = "cpu") -> dict:
    """By name: the parameters, and a function, a forward pass -> loss."""
    ours, theirs = SpikingNetwork(architecture).to(device), peer(architecture).to(device)
    from spikingjelly.activation_based import functional

    samples = torch.randint(256, (batch, *architecture.input.shape), dtype=torch.uint8, device=device)
    labels = torch.randint(architecture.stages[-1].out_channels, (batch,), device=device)
    entry = (samples >> (8 - architecture.input.bits)).float().contiguous(memory_format=torch.channels_last)
    repeated = entry.expand(architecture.timesteps, *entry.shape)

    def our_loss():
        return nn.functional.cross_entropy(ours(samples)[-1].output[-1, :, :, 0, 0], labels)

    def their_loss():
        functional.reset_net(theirs)
        return nn.functional.cross_entropy(theirs(repeated).sum(0)[:, :, 0, 0], labels)

    return {"hwgen": (list(ours.parameters()), our_loss), "SpikingJelly": (list(theirs.parameters()), their_loss)}


def launched(parameters, loss, mode):
    """Forward and backward of ``loss``, kernel by kernel: a function -> the loss."""
    def both():
        for parameter in parameters:
            parameter.grad = None
        with mode:
            value = loss()
        value.backward()
        return value.detach()
    return both


def replayed(parameters, loss, mode):
    """The same as one launch of a GPU."""
    both = launched(parameters, loss, mode)
    for _ in range(WARM):
        beside(both)
    graph, _ = recorded(both)

    def replay(kept=both):                                              # what the graph reads must not be freed
        graph.replay()
    return replay


def saved_bytes(parameters, loss) -> int:
    """What the forward pass keeps, each storage once."""
    own, kept = {parameter.untyped_storage().data_ptr() for parameter in parameters}, {}

    def pack(tensor):
        storage = tensor.untyped_storage()
        if storage.data_ptr() not in own:
            kept[storage.data_ptr()] = storage.nbytes()
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
        result = loss()
    del result
    return sum(kept.values())


def measure(options) -> dict:
    torch.set_num_threads(1)
    on_gpu = torch.backends.cudnn.benchmark = options.device == "cuda"
    now, finish = (time.perf_counter, torch.cuda.synchronize) if on_gpu else (time.process_time, lambda: None)
    architecture = ARCHITECTURES["cifar10"](timesteps=options.timesteps)
    rows = []
    for half in (False, True):
        torch.manual_seed(1)
        mode = torch.autocast(options.device, torch.bfloat16) if half else nullcontext()
        contenders = steps(architecture, options.batch, options.device)
        seconds = {name: [] for name in contenders}
        with mode:
            saved = {name: saved_bytes(*contender) for name, contender in contenders.items()}
        runs = {name: launched(*contender, mode) for name, contender in contenders.items()}
        if on_gpu:
            runs["hwgen, replayed"] = replayed(*steps(architecture, options.batch, options.device)["hwgen"], mode)
            saved["hwgen, replayed"] = saved["hwgen"]
            seconds["hwgen, replayed"] = []
        for _ in range(options.rounds):
            for name, run in runs.items():
                start = now()
                run()
                finish()
                seconds[name].append(now() - start)
        median = {name: statistics.median(values) for name, values in seconds.items()}
        rows += [{"name": name, "numbers": "bfloat16" if half else "float32", "images_per_second":
                  options.batch / median[name], "speed": median["SpikingJelly"] / median[name],
                  "saved_mib": saved[name] / 2**20} for name in runs]
    return {"batch": options.batch, "timesteps": options.timesteps, "rounds": options.rounds, "torch": torch.__version__,
            "rows": rows, "device": torch.cuda.get_device_name() if on_gpu else "cpu",
            "basis": f"median {'time by the clock' if on_gpu else 'processor time'} of a forward and a backward pass, "
                     "one thread"}


def show(result: dict) -> None:
    print(f"cifar10, T = {result['timesteps']}, batch {result['batch']}, {result['rounds']} rounds; {result['basis']}\n")
    table([[row["numbers"], row["name"], row["images_per_second"], row["speed"], row["saved_mib"]]
           for row in result["rows"]], ["numbers", "by", "images a second", "times SpikingJelly", "saved, MiB"])


if __name__ == "__main__":
    arguments = parser(__doc__)
    arguments.add_argument("--batch", type=int, default=64)
    arguments.add_argument("--timesteps", type=int, default=4)
    arguments.add_argument("--rounds", type=int, default=7)
    arguments.add_argument("--device", choices=("cpu", "cuda"), default="cpu")
    raise SystemExit(main(arguments.parse_args(), measure, show))
