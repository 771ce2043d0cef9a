"""What people should read: collected from the parts, shown by the page, kept in a log."""
