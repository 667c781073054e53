"""Applications: written, checked, handed in, never changed afterwards."""
