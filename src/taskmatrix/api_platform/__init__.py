"""The API platform: register, import, look up and call APIs."""
