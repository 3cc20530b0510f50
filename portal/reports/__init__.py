"""Facts in, PDF out. The only code that loads WeasyPrint."""
