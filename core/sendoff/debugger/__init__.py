"""The event debugger of `sendoff serve`: pages that show and explain what a pipeline does."""
