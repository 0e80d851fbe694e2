"""The learner's rooms. KATA_TREE names the folder that supplies them: see kata/course/trees.py."""

import os
import sys

from kata.course.trees import search_path

__path__ = search_path(os.environ.get("KATA_TREE", "milestones"))
# Kept bytecode would answer for a file that was saved again within the second, at the same size.
sys.dont_write_bytecode = True
