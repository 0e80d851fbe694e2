"""What a course is: its milestones, its seeded bugs, and what is known of a learner."""
