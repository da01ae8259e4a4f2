"""Leases on logins and tasks: who may work, until when. All in guarded UPDATEs and database time.

A lease is (epoch, until). Whoever claims raises the epoch; whoever acts names the epoch it holds; a
worker whose lease was taken finds no row to change. The machine's own clock is never asked, so two
machines with different clocks agree.
"""

from __future__ import annotations

import os
import re
import socket
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

from django.conf import settings
from django.db import connection
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.db.models.functions import Lower

from robot import clock
from robot.models import Account, ConsoleLogin, Pause, ProtectedAccount, Task, Tenant
from robot.player.bridge import Bridge
from robot.policy import ONE_AT_A_TIME
from robot.states import BUSY, FINAL, State
from robot.transitions import AccountBusy, StaleTransition, move

#: Places in /proc/PID/stat, counted from the state on; the states of a process that has ended.
_STATE, _STARTED = 0, 19
_ENDED = ("Z", "X", "x")


def database_now() -> datetime:
    """The database's own time, aware UTC, to the millisecond or better."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("SELECT strftime('%Y-%m-%dT%H:%M:%f', 'now')")
            return datetime.fromisoformat(cursor.fetchone()[0]).replace(tzinfo=UTC)
        cursor.execute("SELECT clock_timestamp()")
        stamp: datetime = cursor.fetchone()[0]
        return stamp.astimezone(UTC)


def lease_end() -> datetime:
    """Until when a lease taken or renewed now holds."""
    return database_now() + timedelta(seconds=settings.LEASE_SECONDS)


@cache
def _process_start(pid: int) -> str:
    """The kernel's start time of a process, so that a reused pid is not mistaken for it."""
    try:
        return _stat(pid)[_STARTED]
    except OSError:
        return ""


def _stat(pid: int) -> list[str]:
    """The fields of /proc/PID/stat from the state on. Raises OSError."""
    with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as stat:
        return stat.read().rsplit(")", 1)[1].split()


@cache
def _host() -> str:
    """This machine and its pid namespace: containers may share a name but not a list of processes."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii")[:8]
        space = re.sub(r"[^0-9]", "", str(Path("/proc/self/ns/pid").readlink()))
    except OSError:
        return socket.gethostname()
    return f"{socket.gethostname()}-{boot}-{space}"


def worker_name() -> str:
    """host:pid:start of this process: enough to prove later that it is dead."""
    pid = os.getpid()
    return f"{_host()}:{pid}:{_process_start(pid)}"


def proved_dead(worker: str) -> bool:
    """True only if that worker process, and so its browser, is certainly gone.

    A worker of another machine, or on a system without /proc, cannot be proved dead: False. Its
    browser ends with it: Chromium and the driver hang on its pipe and end within seconds of it.
    """
    host, _, rest = worker.partition(":")
    pid, _, start = rest.partition(":")
    if host != _host() or not start or not pid.isdigit():
        return False
    try:
        fields = _stat(int(pid))
    except (FileNotFoundError, ProcessLookupError):
        return not _answers(int(pid))
    except OSError:
        return False  # not to be read just now: that proves nothing
    return fields[_STARTED] != start or fields[_STATE] in _ENDED


def _answers(pid: int) -> bool:
    """True if there is such a process, though /proc may hide it (mounted with hidepid)."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True  # somebody else's, and alive
    return True


def unpaused(tenants: QuerySet[Tenant] | None = None) -> QuerySet[Tenant]:
    """Tenants the robot may work for now."""
    tenants = Tenant.objects.all() if tenants is None else tenants
    open_pauses = Pause.objects.filter(lifted_at=None)
    stopped = open_pauses.filter(Q(tenant=OuterRef("pk")) | Q(tenant=None))
    return tenants.filter(~Exists(stopped))


def is_paused(tenant: Tenant) -> bool:
    """True when this tenant, or everything, is paused."""
    return not unpaused(Tenant.objects.filter(pk=tenant.pk)).exists()


def protected(accounts: QuerySet[Account]) -> QuerySet[Account]:
    """Those of the accounts that the robot never touches."""
    named = ProtectedAccount.objects.filter(tenant=OuterRef("tenant"), username=OuterRef("lower"))
    bots = ConsoleLogin.objects.annotate(bot=Lower("username")).filter(
        tenant=OuterRef("tenant"), bot=OuterRef("lower")
    )
    return accounts.annotate(lower=Lower("username")).filter(Exists(named) | Exists(bots))


def is_protected_username(tenant: Tenant, username: str) -> bool:
    """True when a console user of that name is protected, whatever we call the account."""
    name = username.strip().lower()
    return (
        ProtectedAccount.objects.filter(tenant=tenant, username=name).exists()
        or ConsoleLogin.objects.filter(tenant=tenant, username__iexact=name).exists()
    )


def claimable(tenant: Tenant | None = None) -> QuerySet[Task]:
    """Queued tasks that a worker may begin now, most urgent and oldest first."""
    busy = Task.objects.filter(account=OuterRef("account"), state__in=[*BUSY])
    forms = Task.objects.filter(
        tenant=OuterRef("tenant"),
        operation=OuterRef("operation"),
        operation__in=ONE_AT_A_TIME,
        state__in=[State.RUNNING, State.COMMITTING],
    )
    tasks = Task.objects.filter(state=State.QUEUED, due_at__lte=clock.now(), tenant__in=unpaused())
    if tenant is not None:
        tasks = tasks.filter(tenant=tenant)
    forbidden = protected(Account.objects.filter(tenant=OuterRef("tenant"), pk=OuterRef("account")))
    in_order = Q(after=None) | Q(after__state__in=[*FINAL])
    return tasks.filter(in_order, ~Exists(busy), ~Exists(forms), ~Exists(forbidden)).order_by(
        "-urgent", "due_at", "pk"
    )


def readable(tenant: Tenant | None = None) -> QuerySet[Task]:
    """Tasks whose change waits to be read back now, and which nobody reads; in the claim's order."""
    tasks = Task.objects.filter(
        Q(lease_until=None) | Q(lease_until__lt=database_now()),
        state__in=[State.APPLIED_UNVERIFIED, State.UNKNOWN],
        due_at__lte=clock.now(),
        tenant__in=unpaused(),
    )
    return (tasks if tenant is None else tasks.filter(tenant=tenant)).order_by(
        "-urgent", "due_at", "pk"
    )


def due_tenants() -> Iterable[int]:
    """Keys of tenants with work that could begin now, those with urgent work first."""
    rows = _due()
    urgent = {tenant for tenant, is_urgent in rows if is_urgent}
    return sorted({tenant for tenant, _ in rows}, key=lambda tenant: tenant not in urgent)


def _due() -> list[tuple[int, bool]]:
    """(tenant, whether urgent) of all due work, each pair once however much there is."""
    return [
        pair
        for tasks in (claimable(), readable())
        for pair in tasks.order_by().values_list("tenant", "urgent").distinct()
    ]


def claim_login(worker: str) -> ConsoleLogin | None:
    """Take the least recently served free login that has due work, urgent work before all."""
    tenants = list(due_tenants())
    now = database_now()
    free = Q(lease_until=None) | Q(lease_until__lt=now)
    logins = ConsoleLogin.objects.filter(free, tenant__in=tenants, paused_reason="")
    urgent = set(claimable().filter(urgent=True).values_list("tenant", flat=True))
    ordered = sorted(
        logins.order_by(F("last_served_at").asc(nulls_first=True), "pk"),
        key=lambda login: login.tenant_id not in urgent,
    )
    for login in ordered:
        taken = ConsoleLogin.objects.filter(
            free, pk=login.pk, lease_epoch=login.lease_epoch
        ).update(
            lease_epoch=F("lease_epoch") + 1,
            lease_until=lease_end(),
            last_served_at=clock.now(),
            worker=worker,
        )
        if taken:
            login.refresh_from_db()
            return login
    return None


def renew(login: ConsoleLogin, task: Task | None = None) -> bool:
    """Heartbeat. False when a lease was lost: then nothing more may be done with it."""
    until = lease_end()
    mine = ConsoleLogin.objects.filter(pk=login.pk, lease_epoch=login.lease_epoch)
    if mine.update(lease_until=until) != 1:
        return False
    if task is None:
        return True
    held = Task.objects.filter(pk=task.pk, lease_epoch=task.lease_epoch, state=task.state)
    return held.update(lease_until=until) == 1


class Heartbeat:
    """Renews a login's and a task's lease about once a second while the player makes progress.

    Called for each event and tick of a bridge. A step past its deadline, or a lost lease, aborts the
    bridge: a hung browser loses its lease by that.
    """

    EVERY = 1.0

    def __init__(self, bridge: Bridge, login: ConsoleLogin, task: Task | None = None) -> None:
        self._bridge, self._login, self._task = bridge, login, task
        self._last = clock.monotonic()

    def beat(self) -> None:
        """Renew if the last renewal is old enough; abort the bridge when it fails."""
        now = clock.monotonic()
        if now - self._last < self.EVERY:
            return
        self._last = now
        if not (self._bridge.deadline_holds() and renew(self._login, self._task)):
            self._bridge.abort("the lease was lost or the step took too long")


def release_login(login: ConsoleLogin) -> None:
    """Give the login back; nothing happens if the lease was already taken by another."""
    ConsoleLogin.objects.filter(pk=login.pk, lease_epoch=login.lease_epoch).update(
        lease_until=None, worker=""
    )


def claim_task(login: ConsoleLogin, worker: str, *, urgent: bool = False) -> Task | None:
    """Take the next task of the login's tenant into `running`; urgent: only one that is."""
    tasks = claimable(login.tenant)
    if urgent:
        tasks = tasks.filter(urgent=True)
    for task in tasks.select_related("tenant", "account")[:20]:
        try:
            move(
                task,
                State.RUNNING,
                actor="worker",
                reason="claimed",
                lease_epoch=F("lease_epoch") + 1,
                lease_until=lease_end(),
                worker=worker,
                attempts=F("attempts") + 1,
            )
        except (StaleTransition, AccountBusy):
            continue
        return task
    return None


def claim_read(login: ConsoleLogin, worker: str) -> Task | None:
    """Take the next change to be read back; its state stays, only the lease is taken."""
    for task in readable(login.tenant).select_related("tenant", "account")[:20]:
        free = Q(lease_until=None) | Q(lease_until__lt=database_now())
        taken = Task.objects.filter(
            free, pk=task.pk, state=task.state, lease_epoch=task.lease_epoch
        ).update(lease_epoch=F("lease_epoch") + 1, lease_until=lease_end())
        if taken:
            task.refresh_from_db()
            return task
    return None
