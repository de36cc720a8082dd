"""The hash that names a network on the wire."""

from dataclasses import replace

from hwgen.link.identity import network_hash
from tests.strategies import random_case

NETWORK = random_case(2).network


def test_names_and_metadata_do_not_count():
    renamed = replace(NETWORK, name="other", metadata={}, layers=tuple(
        replace(layer, name=f"other{index}") for index, layer in enumerate(NETWORK.layers)))
    assert network_hash(renamed) == network_hash(NETWORK) and len(network_hash(NETWORK)) == 8


def test_one_weight_counts():
    first, *others = NETWORK.layers
    weight = first.weight.copy()
    weight.flat[0] = 0 if weight.flat[0] else 1
    changed = replace(NETWORK, layers=(replace(first, weight=weight), *others))
    assert network_hash(changed) != network_hash(NETWORK)


def test_every_seed_has_its_own():
    assert len({network_hash(random_case(seed).network) for seed in range(20)}) == 20
