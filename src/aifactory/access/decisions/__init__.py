"""Decisions: by a mandated person, with a reasoned letter."""
