"""De minimis aid: what an undertaking got, and what it may still get."""
