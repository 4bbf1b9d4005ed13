"""The action executor: runs programs, journals every event, pauses where a call is risky."""
