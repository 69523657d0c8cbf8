"""All settings of a running site; what differs between sites comes from the environment (docs/settings.md)."""

import os
import secrets
from pathlib import Path

import dj_database_url
from django.core.exceptions import ImproperlyConfigured

from explornn_site.logs import logging_settings

BASE_DIR = Path(__file__).resolve().parent.parent
DATA_DIR = Path(os.environ.get("DATA_DIR", BASE_DIR / "data")).resolve()
DATA_DIR.mkdir(parents=True, exist_ok=True)


def _secret_key() -> str:
    """Return the site's secret: from the environment, else made once and kept beside the database."""
    if key := os.environ.get("SECRET_KEY"):
        return key
    path = DATA_DIR / "secret_key"
    try:
        # O_EXCL: of two processes that start together, one writes and the other reads.
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(50))
    except FileExistsError:
        pass
    if not (key := path.read_text().strip()):
        raise ImproperlyConfigured(f"{path} is empty; delete it to have a new secret key made.")
    return key


def _list(name: str, default: str = "") -> list[str]:
    return [part.strip() for part in os.environ.get(name, default).split(",") if part.strip()]


SECRET_KEY = _secret_key()
DEBUG = os.environ.get("DEBUG") == "1"
ALLOWED_HOSTS = _list("ALLOWED_HOSTS", "localhost,127.0.0.1,[::1]")
CSRF_TRUSTED_ORIGINS = _list("CSRF_TRUSTED_ORIGINS")

INSTALLED_APPS = [
    "explornn_site",
    "survey",
    "visual",
    "textcond",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "crispy_forms",
    "crispy_bootstrap5",
]
MIDDLEWARE = [
    "explornn_site.requests.RequestMiddleware",
    # Before all that answers by itself: files, a redirect to TLS, a refused host.
    "explornn_site.policies.PoliciesMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "explornn_site.addresses.AddressMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "explornn_site.compression.CompressionMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "explornn_site.busy.BusyMiddleware",
]
ROOT_URLCONF = "explornn_site.urls"
WSGI_APPLICATION = "explornn_site.wsgi.application"
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
CRISPY_ALLOWED_TEMPLATE_PACKS = CRISPY_TEMPLATE_PACK = "bootstrap5"

DATABASES = {
    "default": dj_database_url.parse(
        os.environ.get("DATABASE_URL") or f"sqlite:///{DATA_DIR / 'study.sqlite3'}",
        conn_max_age=60,
        conn_health_checks=True,  # a database that was away is found again without an error
    )
}
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    DATABASES["default"]["ENGINE"] = "explornn_site.sqlite"
    # IMMEDIATE takes the write lock when a transaction begins: two arrivals wait for each other
    # instead of failing when both have read and both want to write. WAL lets readers go on meanwhile.
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 10,  # seconds; then the page says that it tries again (busy.py)
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;",
    }
else:
    if DATABASES["default"]["ENGINE"].endswith("postgresql"):
        DATABASES["default"]["ENGINE"] = "explornn_site.postgresql"
    # Without a timeout, a machine that does not answer is waited for as long as the system likes: minutes. The server
    # plans a statement that comes again only once for each connection; planning took it most of its time.
    DATABASES["default"]["OPTIONS"] = {
        "connect_timeout": 5,
        "server_side_binding": True,
        "prepare_threshold": 5,
    } | DATABASES["default"].get("OPTIONS", {})
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# Computed training runs; shared by all worker processes. Losing it loses nothing but time.
CACHE_URL = os.environ.get("CACHE_URL", "")
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": CACHE_URL,
    }
    if CACHE_URL
    else {
        "BACKEND": "explornn_site.run_cache.RunCache",
        "LOCATION": DATA_DIR / "cache",
        "OPTIONS": {"MAX_ENTRIES": 10000},  # about 1 GB
    },
    # Parts of pages that look the same to many, each process its own.
    "drawn": {
        "BACKEND": f"django.core.cache.backends.{'dummy.DummyCache' if DEBUG else 'locmem.LocMemCache'}",
        "LOCATION": "drawn",
    },
}

# Training runs computed at once; 0: one per processor. More learners wait a moment, and finished runs are served on.
RUN_COMPUTATIONS = int(os.environ.get("RUN_COMPUTATIONS", "0"))

# Compute the runs that are taught with when the server starts, in the background: then nobody waits for them.
WARM_RUNS = os.environ.get("WARM_RUNS", "1") == "1"

# How often one may ask (survey/rates.py); empty: as often as one likes. Each of several worker processes counts for
# itself, unless CACHE_URL names a Redis in which they count together.
RATE_LOGIN = os.environ.get("RATE_LOGIN", "10 per 15 minutes")  # for one account, from one address
RATE_LOGINS = os.environ.get("RATE_LOGINS", "200 per 15 minutes")  # for all accounts, from one address
RATE_JOIN = os.environ.get("RATE_JOIN", "1200 per minute")  # consents from one address: a lecture hall has only one
RATE_DATA = os.environ.get("RATE_DATA", "60 per minute")  # tables that one link for R reads
RATE_RUNS = os.environ.get("RATE_RUNS", "30 per minute")  # seconds of processor time

AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "survey:login"
LOGIN_REDIRECT_URL = "survey:researcher"
LOGOUT_REDIRECT_URL = "home"

LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("de", "Deutsch")]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"

STATIC_URL = "/static/"
STATIC_ROOT = DATA_DIR / "static"
STATICFILES_FINDERS = [
    "django.contrib.staticfiles.finders.AppDirectoriesFinder",
    "explornn_site.plotly.PlotlyFinder",
]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "explornn_site.storage.ModuleManifestStorage"},
}

# Behind TLS (HTTPS=1) everything secret travels encrypted only; on a lab's own machine there is no TLS.
HTTPS = os.environ.get("HTTPS") == "1"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = HTTPS
SECURE_HSTS_SECONDS = 31536000 if HTTPS else 0
# Proxies in front, whose X-Forwarded-For is believed.
TRUSTED_PROXIES = int(os.environ.get("TRUSTED_PROXIES", "1" if HTTPS else "0"))
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None
# A personal link is a secret: no other site may learn it from the Referer header.
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
# Of HSTS for the whole domain and for ever the university decides whose domain it is, not one study's site.
SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W021"]
DATA_UPLOAD_MAX_MEMORY_SIZE = 1_000_000  # bytes; the longest page of answers is far below

# Told to whoever reads /metrics; without it there is no such page.
METRICS_TOKEN = os.environ.get("METRICS_TOKEN", "")

LOGGING = logging_settings(as_json=os.environ.get("LOG_FORMAT") == "json")
