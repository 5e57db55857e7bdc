"""Reads hostile images in a process of its own: `python -m datasets.decoder`.

It imports no Django, holds no secret and no connection, and its memory, processor time and open files are limited.
`datasets.decoding` keeps such processes warm and feeds them.
"""
