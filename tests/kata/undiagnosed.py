"""A pytest plugin for runs in which much is red: `-p tests.kata.undiagnosed` looks for no bugs."""


def pytest_configure() -> None:
    import kata.diagnosis.plugin

    kata.diagnosis.plugin.tell = lambda *_: None
