"""Programs, configurations and notebooks: their lines are kept."""
