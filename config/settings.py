"""Django's settings: environment variables only, all listed in `.env.example`.

Where no server is named, everything runs in this folder: SQLite, an embedded broker, evidence on
disk, keys made by set-up; all of it below LOCAL_DIR.
"""

from __future__ import annotations

from pathlib import Path
from urllib.parse import quote

import django_stubs_ext
from django.core.exceptions import ImproperlyConfigured

from config import broker, databases, env, logs, mail
from robot import policy

# Lets `admin.ModelAdmin[Model]` be written where the type checker wants it.
django_stubs_ext.monkeypatch()

BASE_DIR = Path(__file__).resolve().parent.parent
LOCAL_DIR = env.env_path("LOCAL_DIR", BASE_DIR / ".local", shown_default=".local")
_KEYS = LOCAL_DIR / "keys"
try:
    LOCAL_DIR.mkdir(parents=True, exist_ok=True)
except OSError as error:
    raise env.refusal("LOCAL_DIR", str(LOCAL_DIR), "a folder that can be made") from error

# --- Secrets: set-up makes those of a development machine ---
SECRET_KEY = env.env_secret("SECRET_KEY", fallback=_KEYS / "SECRET_KEY")
# Fernet keys, newest first: the first encrypts, all decrypt.
FIELD_KEYS = env.env_secret("FIELD_KEYS", fallback=_KEYS / "FIELD_KEYS").split(",")
# Keys the hashes of API tokens; a stolen database alone then proves no token.
TOKEN_PEPPER = env.env_secret("TOKEN_PEPPER", fallback=_KEYS / "TOKEN_PEPPER")
# /metrics asks for it as a bearer token; without one only this machine may read them.
METRICS_TOKEN = env.env_secret("METRICS_TOKEN", required=False)

# --- Web ---
DEBUG = env.env_bool("DEBUG", default=False)
ALLOWED_HOSTS = env.env_list("ALLOWED_HOSTS", ["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.env_list("CSRF_TRUSTED_ORIGINS")
# The address people reach the queue at; stands in e-mails and webhooks.
PUBLIC_URL = env.env_url(
    "PUBLIC_URL", "http://127.0.0.1:8000", ["http", "https"], secret=False
).rstrip("/")
# True behind a proxy that ends TLS and sets X-Forwarded-Proto.
HTTPS = env.env_bool("HTTPS", default=False)
WEB_BIND = env.env_str("WEB_BIND", "127.0.0.1:8000")
WEB_THREADS = env.env_int("WEB_THREADS", 8, least=1, most=64)

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
INSTALLED_APPS = [
    "unfold",  # before admin: it replaces the admin's templates
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "ninja",  # its API page's own script and style are then served from here
    "robot",
    "reviewqueue",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "config.middleware.SecurityHeaders",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
LOGIN_URL = "admin:login"
LOGIN_REDIRECT_URL = "admin:index"

# Own names: cookies are shared by all ports of a host, the sandbox's included.
SESSION_COOKIE_NAME = "switchboard_session"
CSRF_COOKIE_NAME = "switchboard_csrf"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_AGE = 12 * 3600  # one night shift
SECURE_SSL_REDIRECT = HTTPS
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None
# Probes come by plain HTTP from inside.
SECURE_REDIRECT_EXEMPT = [r"^(healthz|readyz|metrics)$"]
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

# Served straight from the packages' folders: nothing to collect, so nothing can be stale.
STATIC_URL = "/static/"
WHITENOISE_USE_FINDERS = True

# --- Database ---
DATABASE_URL = env.env_url(
    "DATABASE_URL",
    f"sqlite://{quote(str(LOCAL_DIR / 'switchboard.sqlite3'))}",
    databases.SCHEMES,
    shown_default="sqlite:.local/switchboard.sqlite3",
)
DATABASES = {"default": databases.database(DATABASE_URL, test_folder=LOCAL_DIR)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- Evidence ---
EVIDENCE_STORE = env.env_url(
    "EVIDENCE_STORE",
    f"file://{quote(str(LOCAL_DIR / 'evidence'))}",
    ["file"],
    shown_default="file:.local/evidence",
)

# --- Robot ---
# The Chromium to drive; empty: the one that set-up saw start, else what the player finds.
CONSOLE_BROWSER = env.env_str("CONSOLE_BROWSER") or env.kept_path(LOCAL_DIR / "run" / "browser")
# Or one that runs elsewhere.
CONSOLE_BROWSER_ENDPOINT = env.env_url(
    "CONSOLE_BROWSER_ENDPOINT", "", ["ws", "wss", "http", "https"]
)
env.hand_on("CONSOLE_BROWSER", CONSOLE_BROWSER)
env.hand_on("CONSOLE_BROWSER_ENDPOINT", CONSOLE_BROWSER_ENDPOINT)
# A worker that has not renewed its lease for so long is taken for lost.
LEASE_SECONDS = env.env_int("LEASE_SECONDS", 60, least=6, most=600)
# The commit click happens at most so long after its intent was stored, or not at all.
CLICK_BUDGET_SECONDS = env.env_int("CLICK_BUDGET_SECONDS", 10, least=1, most=60)
# A lease is renewed right before the intent: after the budget, as much again and 4 s must be left for
# the answer, or a slow click would be taken for a lost worker's.
if 2 * CLICK_BUDGET_SECONDS + 4 > LEASE_SECONDS:
    raise env.refusal(
        "CLICK_BUDGET_SECONDS",
        str(CLICK_BUDGET_SECONDS),
        f"up to {(LEASE_SECONDS - 4) // 2} under LEASE_SECONDS={LEASE_SECONDS}: twice it and 4 s fit "
        "into the lease",
    )
# Multiplies the settle schedules; a demo on the sandbox waits less than the real console needs.
SETTLE_SCALE = env.env_float("SETTLE_SCALE", 1.0, least=0.0, most=10.0)
WORKER_CONCURRENCY = env.env_int("WORKER_CONCURRENCY", 2, least=1, most=64)
if databases.is_sqlite(DATABASES["default"]) and WORKER_CONCURRENCY > 2:
    raise ImproperlyConfigured(
        f"WORKER_CONCURRENCY={WORKER_CONCURRENCY} is not permitted. Permitted: 1 or 2 on SQLite, "
        "which has one writer at a time; set DATABASE_URL to PostgreSQL for more."
    )
# How often a worker rings its own doorbell (seconds), so that a dead beat stops nothing.
IDLE_BELL_SECONDS = env.env_float("IDLE_BELL_SECONDS", 15.0, least=0.5, most=300.0)
# Seconds after which Celery ends a drain for good: more than a quantum (120), the longest flow
# and its read-back together.
TASK_TIME_LIMIT = env.env_int("TASK_TIME_LIMIT", 900, least=300, most=7200)

# --- People ---
# Where to tell that a case waits; empty: nobody is told.
NOTIFY_EMAIL = env.env_list("NOTIFY_EMAIL")
NOTIFY_WEBHOOK = env.env_url("NOTIFY_WEBHOOK", "", ["https", "http"])
CASE_OVERDUE_SECONDS = env.env_int(
    "CASE_OVERDUE_SECONDS", int(policy.GREATEST_AGE["in_review"]), least=60
)
DEFAULT_FROM_EMAIL = SERVER_EMAIL = env.env_str("EMAIL_FROM", "switchboard@localhost")
(
    EMAIL_BACKEND,
    EMAIL_HOST,
    EMAIL_PORT,
    EMAIL_HOST_USER,
    EMAIL_HOST_PASSWORD,
    EMAIL_USE_TLS,
    EMAIL_USE_SSL,
) = mail.mail(env.env_url("EMAIL_URL", "console://", mail.SCHEMES))
EMAIL_TIMEOUT = 10

# --- Celery ---
BROKER_URL = env.env_url(
    "BROKER_URL",
    broker.embedded_url(LOCAL_DIR),
    broker.SCHEMES,
    shown_default="redis:embedded",
)
CELERY_BROKER_URL = BROKER_URL
CELERY_BROKER_TRANSPORT_OPTIONS = broker.transport_options(BROKER_URL, TASK_TIME_LIMIT)
CELERY_BROKER_CONNECTION_TIMEOUT = 2
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TASK_DEFAULT_QUEUE = broker.QUEUE
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_IGNORE_RESULT = True
CELERY_RESULT_BACKEND = None
CELERY_TASK_ACKS_LATE = False
CELERY_TASK_TIME_LIMIT = TASK_TIME_LIMIT
# Raised inside the drain, so that it can close its browser before the hard limit kills it.
CELERY_TASK_SOFT_TIME_LIMIT = TASK_TIME_LIMIT - 60
CELERY_WORKER_CONCURRENCY = WORKER_CONCURRENCY
CELERY_WORKER_POOL = "prefork"
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_MAX_TASKS_PER_CHILD = 200
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BEAT_SCHEDULE = broker.timetable()
CELERY_BEAT_SCHEDULE_FILENAME = str(LOCAL_DIR / "run" / "beat-schedule")
CELERY_TIMEZONE = "UTC"

# --- Time, language, logs ---
TIME_ZONE = "UTC"
USE_TZ = True
LANGUAGE_CODE = "en-gb"
USE_I18N = False
LOG_LEVEL = env.env_choice("LOG_LEVEL", "INFO", ["DEBUG", "INFO", "WARNING", "ERROR"])
LOGGING = logs.configuration(LOG_LEVEL)
logs.configure()
