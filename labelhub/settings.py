"""All settings, read from the environment; a bad value stops the start with its name.

`make run` writes what it started (database, broker, sandbox) to var/stack.env, so that commands in another
terminal reach the same services. Real deployments set the variables themselves; see README.
"""

from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

import django_stubs_ext
from django.templatetags.static import static
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _
from environs import Env, validate

from core.s3 import bucket_origins, bucket_storage

# Lets forms and admin classes name their model, as in ModelForm[Project], for the type checker.
django_stubs_ext.monkeypatch()

BASE_DIR = Path(__file__).resolve().parent.parent

env = Env()
VAR_DIR = Path(env.str("LABELHUB_VAR_DIR", str(BASE_DIR / "var")))
env.read_env(str(VAR_DIR / "stack.env"), recurse=False)

DEBUG = env.bool("LABELHUB_DEBUG", False)
SECRET_KEY = env.str("LABELHUB_SECRET_KEY")
SITE_URL = env.str("LABELHUB_SITE_URL", "http://localhost:8000").rstrip("/")
SITE_NAME = "Label Hub"
# This machine's own name is always allowed: probes ask from inside.
ALLOWED_HOSTS = [
    *env.list("LABELHUB_ALLOWED_HOSTS", [urlsplit(SITE_URL).hostname or "localhost"]),
    *("127.0.0.1", "localhost", "[::1]"),
]
CSRF_TRUSTED_ORIGINS = env.list("LABELHUB_TRUSTED_ORIGINS", [SITE_URL])
EMBEDDED = env.bool("LABELHUB_EMBEDDED", False)

INSTALLED_APPS = [
    "unfold",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django.contrib.postgres",
    "django.contrib.sitemaps",
    "django_htmx",
    "allauth",
    "allauth.account",
    "allauth.socialaccount",
    "allauth.mfa",
    "allauth.usersessions",
    "rest_framework",
    "drf_spectacular",
    "core",
    "accounts",
    "jobs",
    "payments",
    "datasets",
    "licensing",
    "marketplace",
    "projects",
    "labelhub",
]

MIDDLEWARE = [
    "core.middleware.RequestIdMiddleware",
    "labelhub.health.middleware.ObserveMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "core.headers.HeadersMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "accounts.middleware.SessionActivity",
    "core.middleware.DomainErrorMiddleware",
]

ROOT_URLCONF = "labelhub.urls"
WSGI_APPLICATION = "labelhub.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.debug",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "core.context.site",
                "accounts.context.workspace",
            ],
            "builtins": [
                "django.templatetags.i18n",
                "django.templatetags.static",
                "core.templatetags.ui",
            ],
        },
    }
]

DATABASES = {"default": env.dj_db_url("DATABASE_URL", conn_max_age=0, conn_health_checks=False)}
DATABASES["default"]["OPTIONS"] = {
    **DATABASES["default"].get("OPTIONS", {}),
    "pool": {"min_size": 1, "max_size": env.int("LABELHUB_DB_POOL", 8), "timeout": 10},
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

REDIS_URL = env.str("REDIS_URL", "redis://127.0.0.1:6379/0")
CACHES = {"default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS_URL}}

# --- people and sessions ------------------------------------------------------------------------------
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_REDIRECT_URL = reverse_lazy("accounts:home")
LOGOUT_REDIRECT_URL = "/"
SESSION_ENGINE = "django.contrib.sessions.backends.cached_db"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SITE_URL.startswith("https://")
SESSION_COOKIE_AGE = 14 * 24 * 3600
SECURE_SSL_REDIRECT = env.bool("LABELHUB_SSL_REDIRECT", False)
SECURE_REDIRECT_EXEMPT = ["^(healthz|readyz|metrics)$"]
SECURE_HSTS_SECONDS = env.int("LABELHUB_HSTS_SECONDS", 0)
if env.bool("LABELHUB_BEHIND_PROXY", False):
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    ALLAUTH_TRUSTED_PROXY_COUNT = 1

ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_CONFIRM_EMAIL_ON_GET = False
ACCOUNT_LOGIN_ON_EMAIL_CONFIRMATION = True
ACCOUNT_FORMS = {"signup": "accounts.forms.SignupForm"}
ACCOUNT_ADAPTER = "accounts.adapters.AccountAdapter"
SOCIALACCOUNT_ADAPTER = "accounts.adapters.SocialAccountAdapter"
SOCIALACCOUNT_EMAIL_AUTHENTICATION = True
SOCIALACCOUNT_PROVIDERS = {
    name: {
        "APPS": [{"client_id": key, "secret": env.str(f"{name.upper()}_SECRET", "")}],
        "OAUTH_PKCE_ENABLED": True,
    }
    for name in ("google", "github")
    if (key := env.str(f"{name.upper()}_CLIENT_ID", ""))
}
INSTALLED_APPS += [f"allauth.socialaccount.providers.{name}" for name in SOCIALACCOUNT_PROVIDERS]
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not SITE_URL.startswith("https://")  # browsers then accept localhost alone
USERSESSIONS_TRACK_ACTIVITY = True

# --- media, static files -------------------------------------------------------------------------------
S3_BUCKET = env.str("S3_BUCKET", "")
S3_REGION = env.str("S3_REGION", "us-east-1")
S3_ENDPOINT_URL = env.str("S3_ENDPOINT_URL", None)
S3_PUBLIC_ENDPOINT_URL = env.str("S3_PUBLIC_ENDPOINT_URL", S3_ENDPOINT_URL)
_bucket = partial(
    bucket_storage,
    bucket=S3_BUCKET,
    region=S3_REGION,
    access_key=env.str("S3_ACCESS_KEY", None),
    secret_key=env.str("S3_SECRET_KEY", None),
)
_media = (
    # "links" signs for the address that browsers use, which may differ from the one inside.
    {"default": _bucket(endpoint=S3_ENDPOINT_URL), "links": _bucket(endpoint=S3_PUBLIC_ENDPOINT_URL)}
    if S3_BUCKET
    else {"default": {"BACKEND": "core.storage.LocalMediaStorage", "OPTIONS": {"location": str(VAR_DIR / "media")}}}
)
STORAGES = {**_media, "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"}}
STATIC_URL = "static/"
STATIC_ROOT = env.str("LABELHUB_STATIC_ROOT", str(VAR_DIR / "static"))
STATICFILES_DIRS = [BASE_DIR / "static"]
WHITENOISE_KEEP_ONLY_HASHED_FILES = True
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
FILE_UPLOAD_TEMP_DIR = env.str("LABELHUB_UPLOAD_TEMP_DIR", None)

UPLOAD_MAX_FILE_BYTES = env.int("LABELHUB_UPLOAD_MAX_FILE_MB", 200) * 10**6
UPLOAD_MAX_ARCHIVE_BYTES = env.int("LABELHUB_UPLOAD_MAX_ARCHIVE_MB", 4000) * 10**6
UPLOAD_MAX_PIXELS = env.int("LABELHUB_UPLOAD_MAX_MEGAPIXELS", 50) * 1_000_000
DECODER_PROCESSES = env.int("LABELHUB_DECODER_PROCESSES", 2)
DECODER_MEMORY_BYTES = env.int("LABELHUB_DECODER_MEMORY_MB", 2048) * 1024**2
DECODER_SECONDS = env.int("LABELHUB_DECODER_SECONDS", 90)
ORGANIZATION_QUOTA_BYTES = env.int("LABELHUB_QUOTA_GB", 50) * 10**9

# --- background work ------------------------------------------------------------------------------------
CELERY_BROKER_URL = REDIS_URL
CELERY_TASK_IGNORE_RESULT = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_DEFAULT_QUEUE = "default"
# A page that starts a job never waits for an absent broker: the sweep sends what could not be sent.
CELERY_BROKER_TRANSPORT_OPTIONS = {"visibility_timeout": 3600, "max_retries": 0}
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
JOB_HEARTBEAT_SECONDS = env.int("LABELHUB_JOB_HEARTBEAT_SECONDS", 10)
JOB_SWEEP_SECONDS = env.int("LABELHUB_JOB_SWEEP_SECONDS", 15)

# --- money -----------------------------------------------------------------------------------------------
STRIPE_SECRET_KEY = env.str("STRIPE_SECRET_KEY", "sk_test_sandbox")
STRIPE_WEBHOOK_SECRET = env.str("STRIPE_WEBHOOK_SECRET", "whsec_sandbox")
STRIPE_CONNECT_WEBHOOK_SECRET = env.str("STRIPE_CONNECT_WEBHOOK_SECRET", "whsec_sandbox_connect")
STRIPE_API_BASE = env.str("STRIPE_API_BASE", "")
COMMISSION_BASIS_POINTS = env.int("LABELHUB_COMMISSION_BASIS_POINTS", 1500)
REFUND_WINDOW_DAYS = env.int("LABELHUB_REFUND_WINDOW_DAYS", 14)
TWO_PEOPLE_ABOVE_MINOR = env.int("LABELHUB_TWO_PEOPLE_ABOVE_MINOR", 100_000)
PAYOUT_THRESHOLD = env.int("LABELHUB_PAYOUT_THRESHOLD", 25)  # whole units of each currency
PAYOUT_RESERVE_MINOR = env.int("LABELHUB_PAYOUT_RESERVE_MINOR", 0)
UNCLEARED_LIMIT_HOURS = env.int("LABELHUB_UNCLEARED_LIMIT_HOURS", 24)
ALARM_EMAILS: list[str] = env.list("LABELHUB_ALARM_EMAILS", [])
CURRENCIES = env.list("LABELHUB_CURRENCIES", ["EUR", "USD", "GBP", "JPY"])
DEMO_SELLER = "Label Hub (demonstration)"
_demo_address = ["1 Example Street", "Example Town"]
INVOICE_SELLER = {
    "name": env.str("LABELHUB_INVOICE_SELLER", DEMO_SELLER),
    "address": [line.strip() for line in env.list("LABELHUB_INVOICE_ADDRESS", _demo_address, delimiter=";")],
    "country": env.str("LABELHUB_INVOICE_COUNTRY", ""),
    "vat_id": env.str("LABELHUB_INVOICE_VAT_ID", ""),
}
INVOICE_SERIES = env.str("LABELHUB_INVOICE_SERIES", "LH", validate=validate.Regexp("[A-Z0-9]{1,10}$"))
TAX_NOTE = env.str("LABELHUB_TAX_NOTE", "No VAT is charged.", validate=validate.Length(max=300))

# --- mail ------------------------------------------------------------------------------------------------
EMAIL_HOST = env.str("SMTP_HOST", "")
EMAIL_PORT = env.int("SMTP_PORT", 587)
EMAIL_HOST_USER = env.str("SMTP_USER", "")
EMAIL_HOST_PASSWORD = env.str("SMTP_PASSWORD", "")
EMAIL_USE_TLS = env.bool("SMTP_TLS", True)
EMAIL_TIMEOUT = 20
DEFAULT_FROM_EMAIL = env.str("LABELHUB_FROM_EMAIL", "Label Hub <hello@labelhub.example>")
EMAIL_FILE_PATH = str(VAR_DIR / "outbox")
EMAIL_BACKEND = (
    "django.core.mail.backends.smtp.EmailBackend" if EMAIL_HOST else "django.core.mail.backends.filebased.EmailBackend"
)

# --- API -------------------------------------------------------------------------------------------------
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "accounts.authentication.TokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PAGINATION_CLASS": "core.pagination.CursorPagination",
    "DEFAULT_SCHEMA_CLASS": "labelhub.openapi.ResourceSchema",
    "DEFAULT_THROTTLE_CLASSES": [
        "rest_framework.throttling.AnonRateThrottle",
        "rest_framework.throttling.UserRateThrottle",
    ],
    "DEFAULT_THROTTLE_RATES": {
        "anon": env.str("LABELHUB_API_ANON_RATE", "600/min"),
        "user": env.str("LABELHUB_API_USER_RATE", "6000/min"),
    },
    "EXCEPTION_HANDLER": "core.errors.api_exception_handler",
    "PAGE_SIZE": 50,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Label Hub API",
    "VERSION": "1",
    "DESCRIPTION": "Everything a person can do in a page, for programs. Sign in with an API token: "
    "`Authorization: Bearer lh_…`.",
    "SERVE_INCLUDE_SCHEMA": False,
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "COMPONENT_SPLIT_REQUEST": True,
    "ENUM_NAME_OVERRIDES": {
        "OfferKind": "marketplace.models.Offer.Kind",
        "OfferState": "marketplace.models.OfferState",
        "InvoiceKind": "payments.models.invoices.InvoiceKind",
        "OrderState": "marketplace.models.OrderState",
        "JobState": "jobs.models.JobState",
        "ArchiveState": "projects.models.ArchiveState",
        "AssetKind": "datasets.models.Asset.Kind",
        "UploadState": "datasets.models.UploadState",
        "VersionState": "datasets.models.VersionState",
        "PayeeState": "payments.models.PayeeState",
        "TransferState": "payments.models.SendState",
    },
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "labelhub.openapi.add_errors",
    ],
}

# --- administration --------------------------------------------------------------------------------------
UNFOLD = {
    "SITE_TITLE": SITE_NAME,
    "SITE_HEADER": SITE_NAME,
    "SITE_URL": "/",
    "SITE_FAVICONS": [
        {"rel": "icon", "type": "image/svg+xml", "sizes": "any", "href": lambda _request: static("icon.svg")}
    ],
    "SHOW_BACK_BUTTON": True,
    "STYLES": [lambda _request: static("admin.css")],
    # The pages' teal; 600 carries white text.
    "COLORS": {
        "primary": {
            "50": "oklch(98.4% .014 186)",
            "100": "oklch(95.3% .04 187)",
            "200": "oklch(90% .07 188)",
            "300": "oklch(83% .09 188)",
            "400": "oklch(75% .1 189)",
            "500": "oklch(68% .1 190)",
            "600": "oklch(46.5% .08 193)",
            "700": "oklch(42% .072 193)",
            "800": "oklch(37% .062 193)",
            "900": "oklch(33% .052 193)",
            "950": "oklch(25% .04 194)",
        }
    },
}

# --- language and time -----------------------------------------------------------------------------------
LANGUAGE_CODE = "en"
FORMAT_MODULE_PATH = ["labelhub.formats"]
LANGUAGES = [("en", _("English"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
TIME_ZONE = "UTC"
USE_TZ = True
USE_I18N = True

# --- logs ------------------------------------------------------------------------------------------------
LOG_LEVEL = env.str("LABELHUB_LOG_LEVEL", "INFO")
LOG_FORMAT = env.str("LABELHUB_LOG_FORMAT", "json", validate=lambda v: v in {"json", "text"})
LOGGING_CONFIG = "core.logs.configure"
METRICS_TOKEN = env.str("LABELHUB_METRICS_TOKEN", "")
LOGGING = {"level": LOG_LEVEL, "format": LOG_FORMAT}

SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

# --- what a page may load --------------------------------------------------------------------------------
_media_origins = bucket_origins(S3_BUCKET, S3_PUBLIC_ENDPOINT_URL, S3_REGION) if S3_BUCKET else []
_checkout_origins = (
    [STRIPE_API_BASE] if STRIPE_API_BASE else ["https://checkout.stripe.com", "https://connect.stripe.com"]
)
_sign_in_origins = {"google": "https://accounts.google.com", "github": "https://github.com"}
SECURE_CSP = {
    "default-src": ["'self'"],
    "script-src": ["'self'"],
    "style-src": ["'self'"],
    "style-src-attr": ["'unsafe-inline'"],  # widths of bars and places of labels are computed per row
    "img-src": ["'self'", "data:", "blob:", *_media_origins],
    "media-src": ["'self'", "blob:", *_media_origins],
    "connect-src": ["'self'", *_media_origins],
    # Browsers also hold the redirects that follow a form against this list.
    "form-action": ["'self'", *_checkout_origins, *(_sign_in_origins[name] for name in SOCIALACCOUNT_PROVIDERS)],
    "base-uri": ["'none'"],
    "object-src": ["'none'"],
    "frame-ancestors": ["'none'"],
}
SECURE_CSP_ADMIN = {  # its theme is built on Alpine.js, which evaluates expressions
    "script-src": ["'self'", "'unsafe-inline'", "'unsafe-eval'"],
    "style-src": ["'self'", "'unsafe-inline'"],
}
