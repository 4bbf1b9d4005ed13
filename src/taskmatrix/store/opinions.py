"""What people said about runs."""

from collections.abc import Sequence

from sqlalchemy import func, insert, select

from taskmatrix.core.errors import NotFoundError
from taskmatrix.core.feedback import Feedback
from taskmatrix.store.characters import storable
from taskmatrix.store.database import Database
from taskmatrix.store.tables import feedback, runs


class FeedbackStore:
    """Keeps feedback beside the run it is about."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, said: Feedback) -> None:
        """Keep one judgement, durably. Raises NotFoundError for a run that is not there, StoreError."""
        row = {"run_id": said.run, "verdict": said.verdict, "text": storable(said.text), "at": said.at}
        with self._database.write(lock=None) as connection:
            if connection.execute(select(runs.c.id).where(runs.c.id == said.run)).first() is None:
                raise NotFoundError(f"there is no run {said.run!r}", hint="taskmatrix runs list shows the newest")
            connection.execute(insert(feedback), [row])

    def confirmed(self, limit: int = 20) -> Sequence[str]:
        """Return the ids of runs whose last judgement is good, those judged last first."""
        last = select(func.max(feedback.c.number)).group_by(feedback.c.run_id)
        wanted = select(feedback.c.run_id).where(feedback.c.number.in_(last), feedback.c.verdict == "up")
        with self._database.read() as connection:
            rows = connection.execute(wanted.order_by(feedback.c.number.desc()).limit(limit)).all()
        return [row.run_id for row in rows]

    def of(self, run_id: str) -> Sequence[Feedback]:
        """Return what was said about a run, oldest first."""
        wanted = select(feedback).where(feedback.c.run_id == run_id).order_by(feedback.c.number)
        with self._database.read() as connection:
            rows = connection.execute(wanted).all()
        return [Feedback(run=row.run_id, verdict=row.verdict, text=row.text, at=row.at) for row in rows]
