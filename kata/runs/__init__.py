"""What the runs of milestones are made of."""
