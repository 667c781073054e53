"""First in, first out: the order of a lane, its proof, and the rare decision out of turn."""
