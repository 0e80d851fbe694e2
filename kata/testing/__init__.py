"""One test, guarded, seen and put into words."""
