"""gunicorn's settings: threads, since reviewers wait on the database and not on the processor."""

from __future__ import annotations

from config import settings

bind = settings.WEB_BIND
worker_class = "gthread"
workers = 1
threads = settings.WEB_THREADS
timeout = 60
graceful_timeout = 10
# Below what proxies and browsers keep a connection for, and longer than a page's own requests.
keepalive = 15
accesslog = None
forwarded_allow_ips = "127.0.0.1,::1"
# It would lie in the home folder of whoever starts it; nothing here is steered through it.
control_socket_disable = True
