"""What may run without asking: effects, permissions, approvals."""
