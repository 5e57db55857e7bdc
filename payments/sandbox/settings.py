"""Django's settings for the sandbox alone: routes, templates, CSRF. No apps, no models, no sessions."""

import hashlib
from pathlib import Path

from payments.sandbox import config

SECRET_KEY = hashlib.sha256(f"sandbox:{config.webhook_secret()}".encode()).hexdigest()
DEBUG = False
ALLOWED_HOSTS = ["*"]
ROOT_URLCONF = "payments.sandbox.urls"
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [Path(__file__).with_name("templates")],
        "OPTIONS": {
            "context_processors": ["django.template.context_processors.request"],
            "builtins": ["payments.sandbox.template_tags"],
        },
    }
]
# Cookies do not tell ports apart: the product's token on the same host has the usual name.
CSRF_COOKIE_NAME = "stripe_sandbox_csrf"
USE_TZ = True
USE_I18N = False
