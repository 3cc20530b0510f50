"""Who is told what, how and when."""
