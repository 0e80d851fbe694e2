"""Verdicts on code that one does not trust, and what is published of them."""
