"""What the repository's own tests share."""

import pytest


@pytest.fixture
def proof(record_property):
    """Keeps a line that the end of the run prints: a proof says what it counted."""
    return lambda line: record_property("proof", line)


def pytest_terminal_summary(terminalreporter):
    lines = [
        line
        for report in terminalreporter.getreports("passed")
        for name, line in report.user_properties
        if name == "proof"
    ]
    for line in sorted(lines):
        terminalreporter.write_line(line)
