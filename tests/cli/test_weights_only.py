"""New weights for a design that stands, and how they get to the board."""

import json
import shlex
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

import boards
from hwgen import weights
from hwgen.emit import report
from hwgen.spec.identity import network_hash
from hwgen.plan import image
from hwgen.plan.image import Design
from hwgen.spec import Dalif
from tests.cli.conftest import write_model
from tests.cli.test_results import REPORT
from tests.gateware.plans import make_plan

CORE = replace(make_plan((2, 6, 5), {"out": 5, "kernel": (3, 3), "padding": 1}, timesteps=3), weight_store="spram")
DESIGN = Design.of(CORE)


@pytest.fixture
def built(tmp_path):
    """A build folder as `build` leaves it, as far as weights are concerned."""
    out = tmp_path / "built"
    out.mkdir()
    entry = weights.write(SimpleNamespace(cores=(CORE,), board=boards.find("ice40")), out)
    content = json.loads(json.dumps(REPORT))
    content["plan"]["cores"][0]["weights_image"] = entry
    content["files"]["weights"] = weights.NAME
    (out / report.NAME).write_text(json.dumps(content))
    (out / "top.bin").write_bytes(b"bits")
    return out


def changed(**changes):
    """The network with another first layer."""
    first, *others = CORE.network.layers
    return replace(CORE.network, name="retrained", layers=(replace(first, **changes), *others))


def only_weights(hwgen, tmp_path, network, out, *options):
    return hwgen("build", "--weights-only", "--board", "ice40", "--out", out,
                 "--model", write_model(tmp_path / "retrained.pt", network), *options)


def test_new_weights_replace_the_image_and_nothing_else(hwgen, built, tmp_path):
    before = json.loads((built / report.NAME).read_text())
    network = changed(weight=CORE.network.layers[0].weight[::-1])
    result = only_weights(hwgen, tmp_path, network, built)
    assert (result.code, result.err) == (0, "") and result.out == f"weights image: {built / 'weights.bin'}\n"
    plan = DESIGN.plan(network)
    expected = image.payload(plan, network_hash(network), DESIGN)
    assert (image.parse((built / "weights.bin").read_bytes(), DESIGN.id) == expected).all()
    after = json.loads((built / report.NAME).read_text())
    assert after["model"]["name"] == "retrained"
    assert after["performance"]["cycles_per_inference"] is None and "replaced" in after["performance"]["basis"]
    assert after["accuracy"]["rtl"] is None
    assert after["plan"].pop("network") == network_hash(network).hex()
    for section in set(report.SECTIONS) - {"model", "accuracy", "performance"}:
        assert after[section] == before[section]
    assert sorted(path.name for path in built.iterdir()) == ["report.json", "top.bin", "weights.bin"]
    assert hwgen("report", built).code == 0


@pytest.mark.parametrize("network, message", [
    (lambda: changed(scale=CORE.network.layers[0].scale / 99), "thresholds need 15 bits, the design has "),
    (lambda: changed(neuron=Dalif(alpha=(128,), beta=(600,))), "betaf need 10 bits, the design has 8"),
    (lambda: make_plan((2, 6, 5), {"out": 6, "kernel": (3, 3), "padding": 1}, timesteps=3).network,
     "layers[0].weight is [6, 2, 3, 3], the design has [5, 2, 3, 3]"),
    (lambda: make_plan((2, 5, 6), {"out": 5, "kernel": (3, 3), "padding": 1}, timesteps=3).network,
     "input.shape is [2, 5, 6], the design has [2, 6, 5]"),
])
def test_what_does_not_fit_the_design_is_named_and_nothing_is_touched(hwgen, built, tmp_path, network, message):
    before = {path.name: path.read_bytes() for path in built.iterdir()}
    result = only_weights(hwgen, tmp_path, network(), built)
    assert (result.code, result.out) == (1, "")
    assert message in result.err and result.err.count("\n") == 1 and "without --weights-only" in result.err
    assert {path.name: path.read_bytes() for path in built.iterdir()} == before


def test_a_design_with_its_weights_in_block_ram_is_refused(hwgen, built, tmp_path):
    (built / report.NAME).write_text(json.dumps(REPORT))
    result = only_weights(hwgen, tmp_path, CORE.network, built)
    assert result.code == 1 and "are in block RAM, which the bitstream fills; build without --weights-only" in result.err


def test_without_a_build_there_is_nothing_to_put_weights_into(hwgen, tmp_path):
    result = only_weights(hwgen, tmp_path, CORE.network, tmp_path / "nowhere")
    assert result.code == 1 and "is not a finished build" in result.err
    assert not (tmp_path / "nowhere").exists()


def test_the_build_of_another_board_is_refused(hwgen, built, tmp_path):
    content = json.loads((built / report.NAME).read_text())
    content["board"]["name"] = "upduino"
    (built / report.NAME).write_text(json.dumps(content))
    result = only_weights(hwgen, tmp_path, CORE.network, built)
    assert result.code == 1 and "was built for board 'upduino', not for 'icebreaker'" in result.err


def test_wishes_for_the_design_contradict_weights_only(hwgen, built, tmp_path):
    result = only_weights(hwgen, tmp_path, CORE.network, built, "--lanes", "8")
    assert result.code == 2 and "--weights-only keeps the design" in result.err


def test_a_damaged_record_of_the_design_is_told(hwgen, built, tmp_path):
    content = json.loads((built / report.NAME).read_text())
    content["plan"]["cores"][0]["weights_image"]["design"]["widths"]["biases"] += 1
    (built / report.NAME).write_text(json.dumps(content))
    result = only_weights(hwgen, tmp_path, CORE.network, built)
    assert result.code == 1 and "is damaged (the design does not have its id); build again" in result.err


def test_flash_writes_the_image_and_then_the_bitstream(hwgen, built):
    first, second = hwgen("flash", built, "--dry-run").out.splitlines()
    assert shlex.split(first)[-3:] == ["-o", "0x100000", str(built / "weights.bin")]
    assert shlex.split(second)[-1] == str(built / "top.bin") and "-o" not in shlex.split(second)


def test_flash_refuses_a_damaged_image(fails, built):
    data = bytearray((built / "weights.bin").read_bytes())
    data[200] ^= 1
    (built / "weights.bin").write_bytes(data)
    assert "the CRC of the weights image is wrong" in fails(1, "flash", built, "--dry-run")
    other = replace(CORE, lanes=8)
    (built / "weights.bin").write_bytes(image.build(other, bytes(8)))
    assert "the weights image is for design" in fails(1, "flash", built, "--dry-run")
    (built / "weights.bin").unlink()
    assert "there is no weights image" in fails(1, "flash", built, "--dry-run")


def test_a_core_in_block_ram_has_no_image(tmp_path):
    plan = SimpleNamespace(cores=(replace(CORE, weight_store="bram"),), board=boards.find("ice40"))
    assert weights.write(plan, tmp_path) is None and not list(tmp_path.iterdir())


def test_the_report_shows_the_image(hwgen, built):
    line = next(line for line in hwgen("report", built).out.splitlines() if line.startswith("weights image"))
    assert line.endswith(f"  {DESIGN.image_bytes:,} bytes, at 0x100000 of the flash")


def test_the_weights_are_those_that_were_trained(built):
    """Row by row, from the file."""
    section = DESIGN["weights"]
    words = image.parse((built / "weights.bin").read_bytes(), DESIGN.id)[section.base:section.base + section.words]
    for word, row in zip(words.tolist(), CORE.weight_rows.tolist(), strict=True):
        nibbles = [word >> 4 * lane & 15 for lane in range(4)]
        assert [nibble - 16 * (nibble > 7) for nibble in nibbles] == row
    assert np.abs(CORE.weight_rows).max() == 7
