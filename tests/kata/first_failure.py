"""A pytest plugin for mutmut: `-p tests.kata.first_failure` ends a run where a mutant is killed.

The hook of jaxtyping is installed here, once: its own plugin refuses a second run in a process,
and mutmut forks each run from one that has collected the tests.
"""

import pytest
from hypothesis import Phase, settings
from jaxtyping import install_import_hook

install_import_hook("milestones", "beartype.beartype")


@pytest.hookimpl(trylast=True)
def pytest_configure():
    phases = (Phase.explicit, Phase.generate)  # no smallest counterexample: nobody reads it
    settings.register_profile("mutants", settings.get_profile("kata"), phases=phases)
    settings.load_profile("mutants")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item):
    report = yield
    if report.failed:
        item.session.shouldfail = "killed"  # -x would wait for the exercise's last test
    return report
