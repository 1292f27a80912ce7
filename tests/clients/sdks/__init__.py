"""What drives the SDKs of others: installing them, running them, and what they talk to."""
