"""Tables, migrations and blobs: the source of truth, in a SQLite file by default, or in PostgreSQL."""

from taskmatrix.store.audit import AuditLog, AuditRecord
from taskmatrix.store.blob_rows import DatabaseBlobs
from taskmatrix.store.blobs import FileBlobs
from taskmatrix.store.catalogue import OPERATOR, Catalogue
from taskmatrix.store.checks import CheckRecord, CheckStore
from taskmatrix.store.confirmed import ConfirmedInstruction, ConfirmedStore
from taskmatrix.store.conversations import ConversationRecord, ConversationStore
from taskmatrix.store.database import Database, open_database
from taskmatrix.store.demand import DemandStore, Unmet
from taskmatrix.store.failures import translated
from taskmatrix.store.idempotency import IdempotencyStore, IdempotentAnswer
from taskmatrix.store.journal import JournalStore, new_run_id
from taskmatrix.store.leases import Leases
from taskmatrix.store.notes import Notes
from taskmatrix.store.opinions import FeedbackStore
from taskmatrix.store.orders import OrderStore
from taskmatrix.store.owners import OwnerRecord, OwnerStore, Role
from taskmatrix.store.permits import PermitStore
from taskmatrix.store.prepared import PreparedDocument, prepare
from taskmatrix.store.records import (
    Change,
    Entry,
    Judge,
    PendingChange,
    Preference,
    PutCounts,
    Revision,
    SourceRecord,
    Tombstone,
)
from taskmatrix.store.rules import KeptRule, RuleStore
from taskmatrix.store.schedules import ScheduleStore
from taskmatrix.store.templates import TemplateStore

__all__ = [
    "OPERATOR",
    "AuditLog",
    "AuditRecord",
    "Catalogue",
    "Change",
    "CheckRecord",
    "CheckStore",
    "ConfirmedInstruction",
    "ConfirmedStore",
    "ConversationRecord",
    "ConversationStore",
    "Database",
    "DatabaseBlobs",
    "DemandStore",
    "Entry",
    "FeedbackStore",
    "FileBlobs",
    "IdempotencyStore",
    "IdempotentAnswer",
    "JournalStore",
    "Judge",
    "KeptRule",
    "Leases",
    "Notes",
    "OrderStore",
    "OwnerRecord",
    "OwnerStore",
    "PendingChange",
    "PermitStore",
    "Preference",
    "PreparedDocument",
    "PutCounts",
    "Revision",
    "Role",
    "RuleStore",
    "ScheduleStore",
    "SourceRecord",
    "TemplateStore",
    "Tombstone",
    "Unmet",
    "new_run_id",
    "open_database",
    "prepare",
    "translated",
]
