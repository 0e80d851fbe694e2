"""What is true of wrong numbers where no seeded bug explains them."""
