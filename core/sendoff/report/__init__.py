"""What people are told of events, by the command line and by the debugger alike."""
