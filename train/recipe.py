"""How to train: phases and rates, plain data."""

from dataclasses import dataclass, replace

from .errors import TrainError


@dataclass(frozen=True, kw_only=True)
class Phase:
    """Epochs in a row under one rule.

    Parameters
    ----------
    name
        What a person sees.
    epochs
        At least one, but for a quantised phase: with none of them the network is folded into integers, and not trained
        on them.
    rate, last_rate
        The learning rate, which goes from the one to the other as the recipe's schedule says.
    timesteps
        How many of the network's timesteps run, in floating point; None runs all. What a network learns in one
        timestep at a fraction of the cost is where it starts from in all of them.
    graded
        Whether all timesteps run at once, as numbers of spikes (`train.graded`), in floating point.
    forget
        Whether each beta starts this phase where its neuron's usually does: graded neurons leave it near 1, which
        remembers what came but not when.
    work_penalty
        Weight of the work that spikes cause (see `train.work.work`) in the loss.
    share
        Share of the samples that an epoch takes, others each time.
    quantised
        Whether the forward pass is the integer rule. Such phases come last.
    augment
        What is done to the samples in this phase, where that is not what the recipe says for all.
    """

    name: str
    epochs: int
    rate: float
    last_rate: float = 0.0
    timesteps: int | None = None
    graded: bool = False
    forget: bool = False
    work_penalty: float = 0.05
    share: float = 1.0
    quantised: bool = False
    augment: str | None = None


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """How to train a network.

    Parameters
    ----------
    phases
        In order, the last one and only that quantised.
    batch
        Samples a step, of all processes together.
    accumulate
        Parts that each process computes a step in, one after the other, to need less memory.
    loss
        A name in `train.losses.LOSSES`.
    optimizer, schedule, weight_decay
        Names in `train.optimise.OPTIMIZERS` and ``SCHEDULES``; the decay is not of alpha and beta.
    decay_rate
        Factor on the learning rate for alpha and beta, which have few parameters with a long way to go.
    augment
        What is done to the samples: a name in `train.data.augment.AUGMENTATIONS`, or None.
    mixup
        Whether each sample is mixed with another one and has a share of both labels.
    held_out
        Share of the training part that is held out to follow the progress by.
    rounded
        Whether weights are on the grid of integers in floating point already (`train.grid`).
    half
        Compute in bfloat16 in floating point, and the gradients of the integers' sums; the integers are always exact.
    seed
        Of weights, order and augmentation.
    """

    phases: tuple[Phase, ...] = (
        Phase(name="float", epochs=10, rate=4e-3),
        Phase(name="quantised", epochs=10, rate=1.5e-3, quantised=True))
    batch: int = 128
    accumulate: int = 1
    loss: str = "last"
    optimizer: str = "adam"
    schedule: str = "cosine"
    weight_decay: float = 0.0
    decay_rate: float = 4.0
    augment: str | None = "jitter"
    mixup: bool = False
    held_out: float = 1 / 12
    rounded: bool = False
    half: bool = False
    seed: int = 1

    @property
    def epochs(self) -> int:
        """Of all phases together."""
        return sum(phase.epochs for phase in self.phases)

    @property
    def float_epochs(self) -> int:
        """Of its phases in floating point."""
        return sum(phase.epochs for phase in self.phases if not phase.quantised)

    def phase_at(self, epoch: int) -> tuple[Phase, int]:
        """The phase of ``epoch``, counted from 0, and the epoch's number in it, from 0; behind all epochs the last
        phase and the number of those that it has."""
        for phase in self.phases[:-1]:
            if epoch < phase.epochs:
                return phase, epoch
            epoch -= phase.epochs
        return self.phases[-1], epoch

    def with_epochs(self, *epochs: int) -> "Recipe":
        """The same with so many in each phase, those with 0 left out, but for the last; or with one number that are
        shared out among the phases as before, at least one each.

        Raises
        ------
        TrainError
            If there is a number for some phases only, or fewer epochs than phases.
        """
        if len(epochs) not in (1, len(self.phases)):
            raise TrainError(f"there are {len(self.phases)} phases, {', '.join(phase.name for phase in self.phases)}, "
                             f"and {len(epochs)} numbers of epochs", "give one for all together, or one for each")
        each = epochs if len(epochs) == len(self.phases) else self._shared_out(*epochs)
        phases = [replace(phase, epochs=count) for phase, count in zip(self.phases, each)]
        return replace(self, phases=tuple(phase for phase in phases if phase.epochs or phase is phases[-1]))

    def _shared_out(self, epochs: int) -> list[int]:
        if epochs < len(self.phases):
            raise TrainError(f"{epochs} epochs are too few for {len(self.phases)} phases",
                             f"give --epochs {len(self.phases)} or more")
        ends, total = [0], 0
        for index, phase in enumerate(self.phases, 1):
            total += phase.epochs
            latest = epochs - (len(self.phases) - index)
            ends.append(min(max(round(epochs * total / self.epochs), ends[-1] + 1), latest))
        return [end - start for start, end in zip(ends, ends[1:])]

    def augmented(self, name: str | None) -> "Recipe":
        """The same with this done to the samples in all phases; None: nothing."""
        return replace(self, augment=name, phases=tuple(replace(phase, augment=None) for phase in self.phases))

    def times(self, **factors: float) -> "Recipe":
        """The same recipe with fields of all phases, by name, times a factor, as in ``times(work_penalty=2)``."""
        return replace(self, phases=tuple(
            replace(phase, **{name: getattr(phase, name) * factor for name, factor in factors.items()})
            for phase in self.phases))

    def quantised(self) -> "Recipe":
        """All its epochs on integers, as in the last phase."""
        return replace(self, phases=(replace(self.phases[-1], epochs=self.epochs),))


_PICTURES = Recipe(
    phases=(Phase(name="graded", epochs=75, rate=4e-3, last_rate=2e-5, graded=True, augment="auto"),
            Phase(name="float", epochs=7, rate=1e-3, last_rate=1e-4, work_penalty=0.03),
            Phase(name="quantised", epochs=2, rate=5e-5, work_penalty=0.03, quantised=True)),
    optimizer="muon", weight_decay=5e-3, augment="cutout", held_out=1 / 48, half=True)
#: Of events, where a data set has none of its own.
EVENTS = Recipe(
    phases=(Phase(name="graded", epochs=160, rate=4e-3, last_rate=2e-4, graded=True),
            Phase(name="float", epochs=24, rate=1e-3, last_rate=1e-4),
            Phase(name="quantised", epochs=10, rate=3e-4, quantised=True)),
    batch=32, optimizer="muon", augment="events", half=True)
#: Much to learn from, and a start for a few real recordings.
_SACCADES = replace(EVENTS, phases=(
    Phase(name="graded", epochs=8, rate=4e-3, last_rate=2e-4, graded=True),
    Phase(name="float", epochs=2, rate=1e-3, last_rate=1e-4),
    Phase(name="quantised", epochs=1, rate=3e-4, quantised=True, share=0.25)))
#: Windows of 200 ms every 50 ms: a quarter of them shows all there is.
_OBJECTS = replace(EVENTS, augment="events and flip").times(share=0.25)

#: Two of the classes differ in the order of what happens alone.
_GESTURES = replace(EVENTS, phases=(
    Phase(name="graded", epochs=10, rate=4e-3, last_rate=2e-4, graded=True),
    Phase(name="float", epochs=14, rate=2e-3, last_rate=1e-4, forget=True),
    Phase(name="quantised", epochs=8, rate=1.2e-3, quantised=True)))

#: Recipes by data set.
RECIPES = {
    "mnist": Recipe(),
    "cifar10": _PICTURES,
    "cifar100": _PICTURES,
    "imagenet": Recipe(
        phases=(Phase(name="float", epochs=90, rate=0.1, work_penalty=0.0),
                Phase(name="quantised", epochs=10, rate=0.005, work_penalty=0.0, quantised=True)),
        batch=256, optimizer="sgd", weight_decay=2e-5, decay_rate=1.0, loss="tet", augment="flip and shift", half=True),
    "nmnist": EVENTS,
    "saccades": _SACCADES,
    "gestures": _GESTURES,
    "cifar10dvs": EVENTS,
    "dvsgesture": EVENTS,
    "dvsobjects": _OBJECTS,
    "bars": Recipe(),
}
