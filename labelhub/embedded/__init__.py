"""The whole product on one machine, with no server to install: `python -m labelhub.embedded`, or `make run`.

Nothing here imports Django: this is what starts it. What it starts, and where to reach it, is written to
`var/stack.env`, which the settings read.
"""
