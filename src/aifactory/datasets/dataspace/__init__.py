"""The Dataspace Protocol 2025-1, as provider and as consumer, over the factory's own agreements."""
