"""The demonstration: the main job on real input, from an open call to a register that anyone can verify."""
