"""Facts in, PDF out: the only code that may load WeasyPrint, and only in a process of its own."""
