"""What a dataset gives back and why it can be trusted: energy, benefits, and a card whose lines have evidence."""
