"""nox makes the kata's environment also where Python itself cannot.

pytest tests/kata/test_environment.py
"""

import os
import subprocess
import sys

import pytest

from kata.paths import ROOT

pytestmark = pytest.mark.timeout(300)
# As Debian and Colab ship Python: with venv, and without the ensurepip that puts pip into one.
WITHOUT_ENSUREPIP = """
import venv

def set_up_pip(self, context):
    raise ModuleNotFoundError("No module named 'ensurepip'")

venv.EnvBuilder._setup_pip = set_up_pip
"""


def test_where_python_has_no_ensurepip_the_environment_has_pip_all_the_same(tmp_path):
    (tmp_path / "sitecustomize.py").write_text(WITHOUT_ENSUREPIP, "utf-8")
    made = {"KATA_VENV": str(tmp_path / "made"), "PYTHONPATH": str(tmp_path)}
    make = "import noxfile; noxfile.make_environment(); print(noxfile.PYTHON)"
    ended = subprocess.run(
        [sys.executable, "-c", make],
        cwd=ROOT,
        env={**os.environ, **made},
        capture_output=True,
        text=True,
        check=True,
    )
    own = ended.stdout.split()[-1]
    shown = subprocess.run([own, "-m", "pip", "--version"], capture_output=True, text=True)
    assert shown.stdout.startswith("pip ")


@pytest.mark.parametrize("content", [b"caf\xe9", b"", None])
def test_a_stamp_that_nox_did_not_write_has_the_environment_installed_anew(tmp_path, content):
    stamp = tmp_path / "stamp"
    stamp.write_bytes(content) if content is not None else stamp.mkdir()
    install = "import noxfile as n; n.make_environment = lambda _: print('anew'); n.install()"
    none = "import subprocess; subprocess.run = lambda *_, **__: None; "
    ended = subprocess.run(
        [sys.executable, "-c", none + install],
        cwd=ROOT,
        env={**os.environ, "KATA_VENV": str(tmp_path)},
        capture_output=True,
        text=True,
    )
    assert ended.stdout.endswith("anew\n")
    assert ended.stderr == ""
