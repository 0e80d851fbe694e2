"""A pytest plugin for runs in which much is red: `-p tests.kata.undiagnosed` looks for no bugs."""

import pytest

import kata.plugin


def pytest_configure(config: pytest.Config) -> None:
    kata.plugin.diagnose = lambda *_: []
