"""Models of staying, buying and leaving, fitted to a company's own history.

What loads numpy and scipy runs in a process of its own: `process` and what it imports. Checking a
table, asking for a fit and scoring a row are plain Python: `tables`, `asking`, `scoring`.
"""
