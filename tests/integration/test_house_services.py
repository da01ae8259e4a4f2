"""The real servers that long tests run on: they answer, and leave nothing behind."""

from __future__ import annotations

from pathlib import Path

import psycopg
import pytest
import redis

from tests import services
from tests.services import Postgres, Redis, Server, ServiceMissingError


def test_a_missing_server_fails_and_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(services, "find", lambda program: None)
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    with pytest.raises(ServiceMissingError, match="apt-get install postgresql"):
        services.need("postgres", "postgresql")


def test_the_newest_installed_version_is_taken(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(services, "DEBIAN_POSTGRES", tmp_path)
    monkeypatch.setattr("shutil.which", lambda program: None)
    for version in ("9.6", "15", "10"):
        (tmp_path / version / "bin").mkdir(parents=True)
        (tmp_path / version / "bin" / "postgres").touch()
    assert services.find("postgres") == tmp_path / "15" / "bin" / "postgres"


@pytest.mark.parametrize("kind", [Postgres, Redis])
def test_a_server_is_installed_before_its_folder_goes_to_its_user(
    monkeypatch: pytest.MonkeyPatch, kind: type[Server]
) -> None:
    done: list[str] = []

    def need(program: str, package: str) -> Path:
        done.append("installed")
        return Path("/bin") / program

    def known(name: str) -> None:
        if not done:
            raise KeyError(name)

    monkeypatch.setattr("os.geteuid", lambda: 0)
    monkeypatch.setattr("pwd.getpwnam", known)
    monkeypatch.setattr("shutil.chown", lambda folder, user, group: done.append(user))
    monkeypatch.setattr(services, "find", lambda program: None)
    monkeypatch.setattr(services, "need", need)
    monkeypatch.setattr(kind, "start", lambda self: done.append("started"))
    with kind():
        assert done == ["installed", kind.user, "started"]


@pytest.mark.long
def test_postgres_answers_to_its_address(postgres_url: str) -> None:
    with psycopg.connect(postgres_url.replace("postgres://", "postgresql://")) as link:
        row = link.execute("SELECT current_user, current_database()").fetchone()
    assert row == ("switchboard", "switchboard")


@pytest.mark.long
def test_redis_answers_to_its_address_and_not_without_its_password(redis_url: str) -> None:
    with redis.Redis.from_url(redis_url) as client:
        assert client.ping()
        port = client.connection_pool.connection_kwargs["port"]
    with redis.Redis(port=port) as stranger, pytest.raises(redis.AuthenticationError):
        stranger.ping()


@pytest.mark.long
@pytest.mark.parametrize("kind", [Postgres, Redis])
def test_a_stopped_server_leaves_neither_a_listener_nor_files(kind: type[Server]) -> None:
    with kind() as server:
        assert server.listens()
        assert server.folder.is_dir()
    assert not server.listens()
    assert not server.folder.exists()
