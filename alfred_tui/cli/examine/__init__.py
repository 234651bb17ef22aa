"""What `doctor` looks at, a module per subject. Each looks, and changes nothing."""
