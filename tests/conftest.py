"""Options and markers of the test suite."""

from hypothesis import settings

# A machine that is busy is no failure.
settings.register_profile("patient", deadline=None)
settings.load_profile("patient")


def pytest_addoption(parser):
    parser.addoption("--run-slow", action="store_true", help="also run the tests marked slow")


def pytest_configure(config):
    config.addinivalue_line("markers", "slow: takes minutes; runs with --run-slow only")


def pytest_collection_modifyitems(config, items):
    slow = [] if config.getoption("--run-slow") else [item for item in items if "slow" in item.keywords]
    if slow:                                            # a choice, not a lack: they do not count as skipped
        config.hook.pytest_deselected(items=slow)
        items[:] = [item for item in items if "slow" not in item.keywords]


def pytest_report_collectionfinish(config, items):
    slow = config.pluginmanager.get_plugin("terminalreporter").stats.get("deselected", [])
    return f"{len(slow)} slow tests left out: --run-slow runs them too" if slow else []
