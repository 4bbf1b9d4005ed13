"""The words of an instruction: tokens, language, clauses, loops, conditions and times."""
