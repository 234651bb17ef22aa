"""What the server is asked: objects listed, watched and kept, or read once; what this account may do."""
