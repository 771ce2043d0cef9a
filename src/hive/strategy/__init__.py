"""Where strategies live: what their authors see (`interface`) and what runs them (`host`)."""
