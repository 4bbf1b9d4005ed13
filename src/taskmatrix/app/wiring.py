"""The parts wired together: the only place that knows which class stands behind which protocol."""

import logging
from collections.abc import Awaitable, Callable
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from taskmatrix.app.models import make_mcfm
from taskmatrix.app.settings import Settings, read_settings
from taskmatrix.core.protocols import BlobStore, Mcfm

if TYPE_CHECKING:
    from taskmatrix.api_platform import ApiRegistry, PackageProblem
    from taskmatrix.app.callers import Callers
    from taskmatrix.app.chats import Chats
    from taskmatrix.app.cluster import Cluster
    from taskmatrix.app.history import History
    from taskmatrix.app.locks import RunLocks
    from taskmatrix.app.queue import RunQueue
    from taskmatrix.app.rules import RuleBook
    from taskmatrix.app.schedules import Schedules
    from taskmatrix.app.templates import Templates
    from taskmatrix.conversation import Conversation
    from taskmatrix.executor import Executor
    from taskmatrix.executor.dispatch import Dispatcher
    from taskmatrix.policy.vault import Vault
    from taskmatrix.sandbox import Sandboxes
    from taskmatrix.selector import ApiSelector
    from taskmatrix.store import Database, FeedbackStore, JournalStore, Leases
    from taskmatrix.verifier import ProgramVerifier

_KEPT = {"settings", "problems", "callers", "clock", "dispatcher"}

_logger = logging.getLogger(__name__)


def local_time() -> datetime:
    """Return the time of this machine, with its zone."""
    return datetime.now().astimezone()


class Wiring:
    """Makes each part when it is first used. `clock` says until when approvals can be given."""

    def __init__(
        self,
        home: str | Path | None = None,
        database_url: str | None = None,
        model: str | None = None,
        *,
        clock: Callable[[], datetime] = local_time,
    ) -> None:
        given = {"home": Path(home) if home is not None else None, "database_url": database_url, "model": model}
        changes = {name: value for name, value in given.items() if value is not None}
        self.settings: Settings = read_settings().model_copy(update=changes)
        self.problems: list[PackageProblem] = []
        self.clock = clock

    @property
    def home(self) -> Path:
        """Where the registry, the journal and the blobs lie."""
        return self.settings.folder

    @cached_property
    def database(self) -> "Database":
        """The database, created at first use."""
        from taskmatrix.store import open_database

        return open_database(self.settings.database_url, self.home)

    @cached_property
    def registry(self) -> "ApiRegistry":
        """The API platform's catalogue, with the installed packages in it.

        Packages that cannot be loaded are listed in `problems`.
        """
        from taskmatrix.api_platform import ApiRegistry, sync

        registry = ApiRegistry(self.database)
        self.problems.extend(sync(registry).problems)
        for problem in self.problems:
            _logger.warning("the package %r cannot be used: %s", problem.name, problem.reason)
        return registry

    @property
    def index_home(self) -> Path:
        """The folder whose `index/` belongs to the database; the home folder's own database has it there."""
        return self.home / self.database.locks.name if self.database.is_postgres else self.home

    @cached_property
    def selector(self) -> "ApiSelector":
        """Finds APIs for the steps of an outline."""
        from taskmatrix.app.demand import KeptDemand
        from taskmatrix.selector import ApiSelector

        demand = KeptDemand(self.home, self.settings.database_url)
        if self.settings.index == "database":
            from taskmatrix.models.encoder import load_encoder
            from taskmatrix.selector.database.index import DatabaseIndex

            return ApiSelector(
                self.registry, None, demand=demand, index=DatabaseIndex(self.database, self.registry, load_encoder)
            )
        return ApiSelector(self.registry, self.index_home, demand=demand)

    @cached_property
    def journal(self) -> "JournalStore":
        """The event journals of all runs."""
        from taskmatrix.store import JournalStore

        return JournalStore(self.database)

    @cached_property
    def leases(self) -> "Leases | None":
        """What this process holds in a database that machines share; None for a SQLite file."""
        from taskmatrix.store import Leases

        return Leases(self.database) if self.database.is_postgres else None

    @cached_property
    def locks(self) -> "RunLocks":
        """Who has which run in hand."""
        from taskmatrix.app.locks import run_locks

        return run_locks(self.database, self.leases)

    @cached_property
    def cluster(self) -> "Cluster | None":
        """What hands out the runs of a database that machines share; None for a SQLite file."""
        from taskmatrix.app.cluster import Cluster

        return Cluster(self.database, self.settings.database_url or "") if self.database.is_postgres else None

    @cached_property
    def queue(self) -> "RunQueue":
        """Runs that wait for a worker."""
        from taskmatrix.app.queue import RunQueue

        return RunQueue(self)

    @cached_property
    def chats(self) -> "Chats":
        """Conversations: which run is which turn, and what the next one starts from."""
        from taskmatrix.app.chats import Chats

        return Chats(self)

    @cached_property
    def schedules(self) -> "Schedules":
        """Programs that wait for their time."""
        from taskmatrix.app.schedules import Schedules

        return Schedules(self)

    @cached_property
    def templates(self) -> "Templates":
        """Finished runs, to be done again with other values."""
        from taskmatrix.app.templates import Templates

        return Templates(self)

    @cached_property
    def history(self) -> "History":
        """The runs as they stand now, also those whose process is gone."""
        from taskmatrix.app.history import History

        return History(self.journal, self.locks)

    @cached_property
    def blobs(self) -> "BlobStore":
        """Bytes by content: artifacts, documents being worked on, paused programs. All who share the journal do."""
        from taskmatrix.store import DatabaseBlobs, FileBlobs

        return DatabaseBlobs(self.database, self.home) if self.database.is_postgres else FileBlobs(self.home)

    @cached_property
    def opinions(self) -> "FeedbackStore":
        """What people said about runs."""
        from taskmatrix.store import FeedbackStore

        return FeedbackStore(self.database)

    @cached_property
    def sandbox(self) -> "Sandboxes":
        """Where programs run and are type-checked."""
        from taskmatrix.sandbox import Sandboxes

        return Sandboxes(whole_language=self.settings.sandbox == "auto")

    @cached_property
    def verifier(self) -> "ProgramVerifier":
        """Checks programs before they run."""
        from taskmatrix.verifier import ProgramVerifier

        return ProgramVerifier(self.sandbox)

    @cached_property
    def callers(self) -> "Callers":
        """Makes the calls: functions registered in this process first, then what the document names."""
        from taskmatrix.api_platform import ApiCallers
        from taskmatrix.api_platform.mcp_servers import McpServers
        from taskmatrix.app.callers import Callers

        return Callers(ApiCallers(self.credentials, lambda: McpServers(self.database)))

    @cached_property
    def credentials(self) -> "Vault":
        """What APIs need to be called with, by reference."""
        from taskmatrix.policy.vault import Vault

        return Vault(self.home)

    @cached_property
    def rules(self) -> "RuleBook":
        """What may run, is asked about, or refused; and what was permitted."""
        from taskmatrix.app.rules import RuleBook

        return RuleBook(self.database)

    @cached_property
    def executor(self) -> "Executor":
        """Runs programs call by call, every call in the journal."""
        from taskmatrix.executor import Executor

        return Executor(
            sandbox=self.sandbox,
            blobs=self.blobs,
            policy=self.rules.policy,
            callers=self.callers,
            clock=self.clock,
            permits=self.rules.permits,
            approval_hours=self.settings.approval_hours,
            dispatcher=self.dispatcher,
            run_seconds=self.settings.run_seconds,
            packages=self.registry.package,
        )

    @cached_property
    def dispatcher(self) -> "Dispatcher":
        """Keeps all runs of this process to what the APIs' documents allow."""
        from taskmatrix.executor.dispatch import CallDefaults, Dispatcher

        return Dispatcher(CallDefaults(timeout_s=self.settings.call_seconds))

    @cached_property
    def mcfm(self) -> Mcfm:
        """The model that outlines and writes programs."""
        return make_mcfm(self.settings.model_name, self.home)

    @cached_property
    def conversation(self) -> "Conversation":
        """The loop from instruction to answer."""
        from taskmatrix.app.conversations import open_conversation

        return open_conversation(self, self.mcfm)

    def in_a_loop(self, work: Callable[[], Awaitable[object]]) -> None:
        """Do the work in an event loop of its own, and end the workers that belong to that loop."""
        import anyio

        async def finish() -> None:
            try:
                await work()
            finally:
                await self.end_workers()

        anyio.run(finish)

    async def end_workers(self) -> None:
        """End the processes and connections that belong to the running event loop."""
        import anyio

        with anyio.CancelScope(shield=True):
            await self.callers.aclose()
            await self.sandbox.aclose()

    def close(self) -> None:
        """End worker processes and let go of the database. What is used afterwards is made anew."""
        for name in ("sandbox", "selector", "cluster", "leases", "database"):
            close = getattr(self.__dict__.get(name), "close", None)
            if close is not None:
                close()
        for name in self.__dict__.keys() - _KEPT:
            del self.__dict__[name]
