"""The tracking API: takes what SDKs of Segment, RudderStack and Datafly send, and keeps it."""
