"""What a learner runs: a file a verb, and what these share."""
