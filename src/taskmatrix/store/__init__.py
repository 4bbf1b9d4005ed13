"""Tables, migrations and blobs: the source of truth, in a SQLite file by default."""

from taskmatrix.store.blobs import FileBlobs
from taskmatrix.store.catalogue import Catalogue, Change
from taskmatrix.store.changes import PreparedDocument, PutCounts, prepare
from taskmatrix.store.database import Database, open_database
from taskmatrix.store.failures import translated
from taskmatrix.store.journal import JournalStore, new_run_id
from taskmatrix.store.notes import Notes
from taskmatrix.store.opinions import FeedbackStore

__all__ = [
    "Catalogue",
    "Change",
    "Database",
    "FeedbackStore",
    "FileBlobs",
    "JournalStore",
    "Notes",
    "PreparedDocument",
    "PutCounts",
    "new_run_id",
    "open_database",
    "prepare",
    "translated",
]
