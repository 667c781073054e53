"""Who reviews what: expertise, the best fair division of it, and a draw that nobody can steer."""
