"""Runs of one warm process: each is told the same, however many went before.

pytest tests/kata/test_warm.py
"""

import json
import shutil

import pytest

from kata.paths import ROOT
from tests.kata.learner import python
from tests.kata.terminal import clone_into

RUNS = """
import json
from kata.learner import warm
from kata.course.curriculum import milestone

of, exercise = milestone("m03"), "scaled_dot_product_attention"
request = warm.Request(of.id, [exercise], "milestones", 80, "utf-8", False)
warm.warm_up()
texts = []
for _ in range(3):
    run = warm.Run(request)
    run.begin()
    early, result = run.results()
    texts.append((early.text, early.final, result.text, result.final))
    warm.prepare(of, exercise, result.imported)
print(json.dumps(texts))
"""


@pytest.mark.timeout(200)
def test_a_failure_comes_before_its_diagnosis_and_what_is_prepared_changes_neither(tmp_path):
    clone = clone_into(tmp_path)
    for package in ("m01_mlp", "m02_self_attention", "m03_multi_head_attention"):
        for file in (ROOT / "solutions" / package).glob("*.py"):
            shutil.copy(file, clone / "milestones" / package)
    file = clone / "milestones/m03_multi_head_attention/attention.py"
    text = file.read_text("utf-8")
    assert text.count("math.sqrt(q.size(-1))") == 1
    file.write_text(text.replace("math.sqrt(q.size(-1))", "math.sqrt(k.size(-2))"), "utf-8")
    ended = python(clone, "-c", RUNS, fresh=True)  # with what a run has to import
    assert ended.returncode == 0, ended.stderr
    first, second, third = json.loads(ended.stdout)
    early, is_final, text, is_final_then = first
    assert "expected" in early
    assert "diagnosis" not in early
    assert "The scores are divided by the root of the number of keys" in text
    assert (is_final, is_final_then) == (False, True)
    assert first == second == third
