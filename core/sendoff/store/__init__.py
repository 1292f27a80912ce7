"""Where events, decisions, deliveries, facts and gates live: one promise, several engines."""
