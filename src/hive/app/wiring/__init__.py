"""A runtime from its configuration: the plan, and the parts built and handed to each other."""
