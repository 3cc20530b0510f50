"""What the front line says to customers about an incident."""
