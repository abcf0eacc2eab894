# mypy: ignore-errors
# ruff: noqa
"""Settings of a service from its environment."""

import logging
import os
from functools import lru_cache
from urllib.parse import quote_plus

logger = logging.getLogger("settings")


class Settings:
    def __init__(self, environ=os.environ):
        self.debug = environ.get("DEBUG", "false").lower() == "true"
        self.db_host = environ.get("DB_HOST", "localhost")
        self.db_name = environ.get("DB_NAME", "app")
        self.db_user = environ.get("DB_USER", "app")
        self.db_password = environ.get("DB_PASSWORD", "")
        self.secret_key = environ.get("SECRET_KEY")
        if not self.secret_key:
            raise RuntimeError("SECRET_KEY is not set")

    @property
    def database_url(self):
        password = quote_plus(self.db_password)
        return f"postgresql://{self.db_user}:{password}@{self.db_host}/{self.db_name}"


@lru_cache
def get_settings():
    settings = Settings()
    logger.info("database %s on %s", settings.db_name, settings.db_host)
    return settings
