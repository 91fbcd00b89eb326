"""Authorization: role-based access control as a real API server evaluates it."""
