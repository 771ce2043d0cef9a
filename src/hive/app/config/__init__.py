"""What a person decides about a run, from a YAML file: every fault is told at once, with its place.

    text ─tree─▶ nodes with places ─reader─▶ sections ─blocks─▶ strategies ─whole─▶ HiveConfig

`sections` is the schema, `later` what is known and not offered yet, `load` the way in.
"""
