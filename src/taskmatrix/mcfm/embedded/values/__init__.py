"""Typed values: what words stand for, in the type, unit and form that a document asks for."""
