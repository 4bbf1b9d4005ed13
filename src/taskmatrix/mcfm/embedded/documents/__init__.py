"""API documents as the model reads them, and the fields of what they return."""
