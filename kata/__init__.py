"""The engine: runs the tests, shows the board, names the misconception. Learners never need it."""
