"""What the team decided: reading, merging, deciding, trusting, publishing."""
