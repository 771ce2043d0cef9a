"""The outermost floor: it builds and shows. Nothing below it knows metrics, pages or commands."""
