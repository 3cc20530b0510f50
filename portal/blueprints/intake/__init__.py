"""What comes in from outside: mail of customers, read and put where it belongs."""
