"""Is an award used in time: forecast, plan, warnings, giving back, taking back, and the pool that results."""
