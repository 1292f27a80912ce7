"""Any web address as a destination of sendoff."""
