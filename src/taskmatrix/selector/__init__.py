"""The API selector: the right APIs for each step of an outline, or nothing."""
