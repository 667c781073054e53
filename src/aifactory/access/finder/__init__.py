"""The route finder and the estimator: from a need in plain words to a mode, a service and amounts."""
