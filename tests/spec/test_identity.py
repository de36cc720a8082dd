"""The hash that names a network."""

from dataclasses import replace

from hwgen.spec.identity import network_hash
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


def test_the_weights_of_a_join_count():
    network = next(network for network in (random_case(seed, joins=True).network for seed in range(200))
                   if any(layer.skip for layer in network.layers))
    index = next(index for index, layer in enumerate(network.layers) if layer.skip)
    layer = network.layers[index]
    weight = layer.skip.weight.copy()
    weight.flat[0] = 0 if weight.flat[0] else 1
    layers = list(network.layers)
    layers[index] = replace(layer, skip=replace(layer.skip, weight=weight))
    assert network_hash(replace(network, layers=tuple(layers))) != network_hash(network)
