"""Giving places to those who wait for them, the best way for all together: asked for by `asking`,
worked out by `process`, which alone loads scipy.
"""
