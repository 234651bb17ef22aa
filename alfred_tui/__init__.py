"""alfred-cockpit: the terminal from which a production deployment is led."""
