"""What an exception of Python or PyTorch means, and what to do."""
