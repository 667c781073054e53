"""Where the factory's private keys are kept."""
