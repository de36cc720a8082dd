"""``report.json``: what was built, from what, with which tools, and every figure with where it is from.

The sections and fields are fixed; a figure that was not measured is null.
"""

import html
import json
from pathlib import Path

from ..errors import HwgenError
from ..spec import Network

NAME = "report.json"
SECTIONS = ("model", "board", "plan", "resources", "timing", "performance", "accuracy", "energy", "tools",
            "files")
#: How the accuracy of a network was found, in the order in which it is shown.
STAGES = ("float", "quantised", "golden", "rtl")


def model_section(network: Network, sha256: str) -> dict:
    """``model`` of the report; ``weight_bits`` is the largest of the layers'."""
    return {
        "name": network.name,
        "sha256": sha256,
        "dataset": network.metadata.get("dataset"),
        "parameters": network.parameters,
        "weight_bits": max(layer.weight_bits for layer in network.layers),
        "timesteps": network.timesteps,
        "layers": [{"name": layer.name, "kind": str(layer.kind), "weight_bits": layer.weight_bits,
                    "output": list(shape)} for layer, shape in zip(network.layers, network.shapes[1:])],
    }


def accuracy_section(network: Network, rtl: dict | None) -> dict:
    """``accuracy`` of the report: what training and the golden model left in the metadata, and ``rtl``
    (``{value, samples}``) from simulation."""
    known = network.metadata.get("accuracy") or {}
    return {stage: rtl if stage == "rtl" else known.get(stage) for stage in STAGES}


def performance_section(*, cycles: float | None, sops: float | None, samples: int, clock_hz: float,
                        slots: int, basis: str, interval: float | None = None) -> dict:
    """``performance`` of the report.

    Parameters
    ----------
    cycles
        Mean clock cycles an inference, None where it was not measured.
    sops
        Mean useful SOPs an inference (`sim.golden.sops`).
    samples
        How many samples both are the mean of.
    clock_hz
        Clock that the design runs at.
    slots
        Additions that the lanes can do in a cycle.
    basis
        Where the figures are from.
    interval
        Mean clock cycles between the answers to two inferences that follow each other; None where the second
        begins when the first is done.
    """
    interval = interval or cycles
    return {
        "cycles_per_inference": cycles,
        "latency_ms": cycles and 1e3 * cycles / clock_hz,
        "inferences_per_s": interval and clock_hz / interval,
        "useful_sops_per_inference": sops,
        "useful_sops_per_cycle": interval and sops and sops / interval,
        "slot_sops_per_cycle": slots,
        "samples": samples,
        "basis": basis,
    }


def estimate_section(estimate: dict, resources: dict, cycles: float | None) -> dict:
    """``plan.estimate`` of the report: what was expected beside what came, ``{estimated, measured, error}`` each.

    Parameters
    ----------
    estimate
        `hwgen.plan.estimate.Estimate.to_json`.
    resources
        ``resources`` of the report.
    cycles
        Measured cycles an inference, None where there are none: then ``error`` is null too, as it is for what is
        not used. ``error`` is relative to what was measured.
    """
    def beside(estimated: int, measured: float | None) -> dict:
        return {"estimated": estimated, "measured": measured,
                "error": round(estimated / measured - 1, 4) if measured else None}

    return {**{name: beside(estimate[name], resources[name]["used"]) for name in ("lut", "bram", "spram", "dsp")},
            "cycles": beside(estimate["cycles_per_inference"], cycles), "basis": estimate["basis"]}


def dumps(report: dict) -> str:
    """A report (or any result that the command line prints) as JSON text; NaN is an error, not a value."""
    return json.dumps(report, indent=2, allow_nan=False)


def load(folder: Path) -> dict:
    """The report of a build folder; raises `HwgenError` if there is none or it is damaged."""
    path = Path(folder) / NAME
    if not path.is_file():
        raise HwgenError(f"'{folder}' is not a finished build: it has no {NAME}",
                         "`python -m hwgen build` writes one")
    try:
        report = json.loads(path.read_text())
    except (ValueError, UnicodeDecodeError) as error:
        raise HwgenError(f"'{path}' is damaged ({error})", "build again") from error
    if not isinstance(report, dict) or set(report) != set(SECTIONS):
        raise HwgenError(f"'{path}' does not have the sections {', '.join(SECTIONS)}", "build again")
    return report


def rows(report: dict) -> list[tuple[str, str]]:
    """The report as pairs of a label and a value, for a table on the terminal or on a page."""
    timing, performance = report["timing"], report["performance"]
    expected = {name: f"; {entry['estimated']:,} expected" + (f" ({entry['error']:+.1%})" if entry["error"] else "")
                for name, entry in report["plan"].get("estimate", {}).items() if name != "basis"}
    table = [("network", _network(report["model"])),
             ("board", f"{report['board']['name']} ({report['board']['device']})")]
    for name, entry in report["resources"].items():
        if entry["available"]:
            share = 100 * entry["used"] / entry["available"]
            table.append((name, f"{entry['used']:,} of {entry['available']:,} ({share:.0f} %)"
                          + expected.get(name, "")))
    table += [
        ("clock", f"{timing['fmax_mhz']:.2f} MHz reached, {timing['target_mhz']:.2f} wanted "
                  f"(seed {timing['seed']})"),
        ("cycles an image", _figure(performance["cycles_per_inference"], "{:,.0f}") + expected.get("cycles", "")),
        ("time an image", _figure(performance["latency_ms"], "{:.3f} ms")),
        ("images a second", _figure(performance["inferences_per_s"], "{:,.0f}")),
        ("useful SOPs an image", _figure(performance["useful_sops_per_inference"], "{:,.0f}")),
        ("SOPs a cycle", _figure(performance["useful_sops_per_cycle"], "{:.2f} useful")
         + f", {performance['slot_sops_per_cycle']} slots"),
    ]
    if image := report["plan"]["cores"][0].get("weights_image"):
        table.append(("weights image", f"{image['bytes']:,} bytes, at {image['offset']:#x} of the flash"))
    for stage, entry in report["accuracy"].items():
        samples = "shipped inputs" if stage == "rtl" else "test samples"
        table.append((f"accuracy, {stage}", f"{100 * entry['value']:.2f} % of {entry['samples']:,} {samples}"
                      if entry else "not measured"))
    table.append(("performance is from", performance["basis"]))
    return table


def page(report: dict) -> str:
    """The report as one HTML page that needs nothing else."""
    def table(pairs):
        return "<table>" + "".join(f"<tr><th>{html.escape(str(name))}</th><td>{html.escape(str(value))}</td>"
                                   "</tr>" for name, value in pairs) + "</table>"

    title = html.escape(f"{report['model']['name']} on {report['board']['name']}")
    why = "".join(f"<li>{html.escape(reason)}</li>" for reason in report["plan"]["why"])
    layers = [(layer["name"], f"{layer['kind']}, {layer['weight_bits']}-bit weights, output "
               + " x ".join(map(str, layer["output"]))) for layer in report["model"]["layers"]]
    return f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{title}</title><style>
body {{ font: 16px/1.5 system-ui, sans-serif; max-width: 48rem; margin: 2rem auto; padding: 0 1rem }}
table {{ border-collapse: collapse; width: 100% }}
th, td {{ text-align: left; padding: .3rem .6rem; border-bottom: 1px solid #ddd; vertical-align: top }}
th {{ font-weight: 500; width: 14rem }}
</style></head><body>
<h1>{title}</h1>{table(rows(report))}
<h2>Layers</h2>{table(layers)}
<h2>Why this plan</h2><ul>{why}</ul>
<h2>Tools</h2>{table(report["tools"].items())}
<p>Network file SHA-256: <code>{html.escape(report["model"]["sha256"])}</code></p>
</body></html>
"""


def _network(model: dict) -> str:
    return (f"{model['name']}: {len(model['layers'])} layers, {model['parameters']:,} weights of "
            f"{model['weight_bits']} bits, {model['timesteps']} timesteps")


def _figure(value: float | None, form: str) -> str:
    return "not measured" if value is None else form.format(value)
