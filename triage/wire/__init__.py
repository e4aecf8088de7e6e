"""What the coordinator and its workers say to each other, and how it travels."""
