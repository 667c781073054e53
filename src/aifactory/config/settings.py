"""Django's settings, derived from `environment`; nothing here is read from anywhere else."""

from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.utils.translation import gettext_lazy as _

from aifactory.config.environment import ENV

BASE_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
]
ROOMS = [
    "aifactory.audit",
    "aifactory.people",
    "aifactory.awards",
    "aifactory.assurance",
    "aifactory.datasets",
    "aifactory.expertise",
    "aifactory.access",
    "aifactory.supercomputer",
    "aifactory.registry",
    "aifactory.transparency",
    "aifactory.notices",
]
INSTALLED_APPS = [*BASE_APPS, *ROOMS, "aifactory.web", "aifactory.config"]

SECRET_KEY = ENV.secret()
DEBUG = ENV.debug
ALLOWED_HOSTS = ENV.hosts
CSRF_TRUSTED_ORIGINS = ENV.origins
DATABASES = {"default": ENV.database()}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

ROOT_URLCONF = "aifactory.config.urls"
WSGI_APPLICATION = "aifactory.config.wsgi.application"
APPEND_SLASH = True

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "aifactory.web.csp.ContentSecurityPolicy",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "aifactory.web.refusals.Refusals",
]

TEMPLATES: list[dict[str, Any]] = [
    {
        # Our own pages. Jinja2 renders a 25-row list several times faster than Django's engine.
        "BACKEND": "django.template.backends.jinja2.Jinja2",
        "APP_DIRS": False,
        "DIRS": [],
        "OPTIONS": {"environment": "aifactory.web.jinja.environment", "auto_reload": ENV.debug},
    },
    {
        # What libraries bring along.
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {"context_processors": ["django.template.context_processors.request"]},
    },
]

LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English")), ("nl", _("Dutch"))]
LANGUAGE_COOKIE_SAMESITE = "Lax"
LOCALE_PATHS = [Path(__file__).parents[1] / "web" / "locale"]  # before the words that libraries bring along
TIME_ZONE = ENV.time_zone
USE_TZ = True

STATIC_URL = "/static/"
STATIC_ROOT = ENV.home / "static"
WHITENOISE_USE_FINDERS = True
STORAGES = {"staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}

AUTH_USER_MODEL = "people.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
# scrypt: memory-hard, and a sign-in costs a twentieth of a second instead of a third.
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.ScryptPasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "/accounts/login/"
LOGIN_REDIRECT_URL = "/desk/"

ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_ADAPTER = "aifactory.people.signin.AccountAdapter"
SOCIALACCOUNT_ADAPTER = "aifactory.people.signin.SocialAccountAdapter"
# An account at a provider is known by (issuer, sub); a matching e-mail address proves nothing.
SOCIALACCOUNT_EMAIL_AUTHENTICATION = False
SOCIALACCOUNT_AUTO_SIGNUP = True
SOCIALACCOUNT_STORE_TOKENS = False
SOCIALACCOUNT_PROVIDERS: dict[str, Any] = {"openid_connect": {"OAUTH_PKCE_ENABLED": True, "APPS": []}}
if ENV.oidc_server:
    SOCIALACCOUNT_PROVIDERS["openid_connect"]["APPS"] = [
        {
            # Part of the callback's address, and of every link to an account: with another issuer the same
            # subject is another person.
            "provider_id": ENV.oidc_id(),
            "name": ENV.oidc_name or "OpenID Connect",
            "client_id": ENV.oidc_client,
            "secret": ENV.oidc_secret,
            "settings": {"server_url": ENV.oidc_server},
        }
    ]

# The policy on forms also covers the redirect after one: signing in elsewhere has to be allowed.
FORM_TARGETS = ["{0.scheme}://{0.netloc}".format(urlsplit(ENV.oidc_server))] if ENV.oidc_server else []
# The button that opens a notebook leads to the notebook's own host.
NOTEBOOK_ADDRESS = ENV.notebooks()
FORM_TARGETS += [NOTEBOOK_ADDRESS] if NOTEBOOK_ADDRESS else []

CSRF_FAILURE_VIEW = "aifactory.web.errors.csrf_failure"
SESSION_ENGINE = "aifactory.people.sessions"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = ENV.https
SECURE_HSTS_SECONDS = 31_536_000 if ENV.https else 0
SECURE_REFERRER_POLICY = "same-origin"
if ENV.proxies:
    # Only a proxy of our own may say from where and how somebody comes; it replaces what the visitor claims.
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    ALLAUTH_TRUSTED_PROXY_COUNT = ENV.proxies
X_FRAME_OPTIONS = "DENY"
DATA_UPLOAD_MAX_MEMORY_SIZE = 2_500_000
FILE_UPLOAD_HANDLERS = [
    "aifactory.web.uploads.LimitedUpload",
    "django.core.files.uploadhandler.TemporaryFileUploadHandler",
]
UPLOAD_LIMIT = ENV.upload_limit
DATASET_FILE_LIMIT, INTAKE_PATIENCE = ENV.dataset_file_limit, ENV.intake_patience
SECOND_STEWARD = ENV.second_steward

# What rooms and faces may know of the installation.
FACTORY_NAME = ENV.name
FACTORY_HOME = ENV.home.resolve()
AGENTS = ENV.clusters()
FACTORY_ENGINE = next(iter(AGENTS)) if ENV.engine == "agents" else ENV.engine
RUNS_BESIDE = ENV.engine != "agents"
SLURM_PARTITION, SSH_HOST = ENV.slurm_partition, ENV.ssh_host
OFFICE_MAIL = ENV.office_mail
LOG_ORIGIN = ENV.origin
DATASPACE_ADDRESS = ENV.dataspace_address.rstrip("/")
DATASPACE_TCK = ENV.dataspace_tck
ENVIRONMENTS = ENV.environments.resolve()
CARBON_FORECAST = ENV.carbon_forecast

SILENCED_SYSTEM_CHECKS = ["security.W019"]

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"console": {"class": "logging.StreamHandler"}},
    "root": {"handlers": ["console"], "level": "WARNING"},
}
