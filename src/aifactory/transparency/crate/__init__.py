"""Everything that a project owns as one RO-Crate: a zip with its metadata, streamed."""
