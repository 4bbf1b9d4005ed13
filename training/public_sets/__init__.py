"""Planning sets converted from public repositories, one module each."""
