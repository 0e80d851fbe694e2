class KataError(Exception):
    """An error whose message is already written for the learner, whole in one line."""
