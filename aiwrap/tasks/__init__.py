"""What kind of work a prompt asks for."""
