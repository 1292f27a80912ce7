"""sendoff turns customer events into requests to SaaS destinations."""
