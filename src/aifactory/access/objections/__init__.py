"""Objections: somebody who had no part in a decision looks at it again."""
