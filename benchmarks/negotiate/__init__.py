"""Contract negotiations over the Dataspace Protocol: two whole factories beside a bare pair of stubs."""
