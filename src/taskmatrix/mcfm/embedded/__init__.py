"""The MCFM that needs no key and no network."""
