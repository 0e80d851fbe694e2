"""What the repository's own tests share."""

import functools
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
    """What shares work goes to one worker: a milestone's proofs on the solutions, those in other
    styles, and a file with fixtures for all of its tests. The largest shares come first.
    """
    from xdist.scheduler import LoadScopeScheduling

    @functools.cache
    def shares(file):
        return 'scope="module"' in (config.rootpath / file).read_text("utf-8")

    class ByShares(LoadScopeScheduling):
        def _split_scope(self, nodeid):
            proof = re.search(r"test_(?:proofs|alternates)\.py.*\[((?:styles-)?m\d\d)\b", nodeid)
            file = nodeid.partition("::")[0]
            return proof[1] if proof else file if shares(file) else nodeid

    return ByShares(config, log)


def pytest_terminal_summary(terminalreporter):
    lines = [
        line
        for report in terminalreporter.getreports("passed")
        for name, line in report.user_properties
        if name == "proof"
    ]
    for line in sorted(lines):
        terminalreporter.write_line(line)
