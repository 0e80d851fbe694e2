"""What the repository's own tests share."""

import os
import re
import sys

import pytest

from tests.kata import processes


def pytest_configure(config):
    """One server for all workers of pytest-xdist: they inherit where it is."""
    if sys.platform == "linux" and processes.SERVER not in os.environ:
        server = processes.start_server()
        config.add_cleanup(lambda: processes.stop_server(server))


@pytest.fixture
def proof(record_property):
    """Keeps a line that the end of the run prints: a proof says what it counted."""
    return lambda line: record_property("proof", line)


@pytest.hookimpl(optionalhook=True)  # there is none without pytest-xdist
def pytest_xdist_make_scheduler(config, log):
    """A milestone's proofs go to one worker, where each of its bugs runs once for all of them."""
    from xdist.scheduler import LoadScopeScheduling

    class ByMilestone(LoadScopeScheduling):
        def _split_scope(self, nodeid):
            proof = re.search(r"test_(?:proofs|alternates)\.py.*\b(m\d\d)\b", nodeid)
            return proof[1] if proof else nodeid

    return ByMilestone(config, log)


def pytest_terminal_summary(terminalreporter):
    lines = [
        line
        for report in terminalreporter.getreports("passed")
        for name, line in report.user_properties
        if name == "proof"
    ]
    for line in sorted(lines):
        terminalreporter.write_line(line)
