# mypy: ignore-errors
# ruff: noqa
"""OAuth2 with a password, as the documentation of FastAPI shows it, with settings."""

from datetime import datetime, timedelta, timezone

import jwt
from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError
from fastapi import Depends, FastAPI, HTTPException, status
from fastapi.security import OAuth2PasswordBearer, OAuth2PasswordRequestForm
from pydantic_settings import BaseSettings
from sqlalchemy import select
from sqlalchemy.orm import Session

from .database import User, get_session


class Settings(BaseSettings):
    secret_key: str
    access_token_expire_minutes: int = 30
    token_type: str = "bearer"


settings = Settings()
hasher = PasswordHasher()
oauth2_scheme = OAuth2PasswordBearer(tokenUrl="token")
app = FastAPI()


def create_access_token(subject: str) -> str:
    expire = datetime.now(timezone.utc) + timedelta(minutes=settings.access_token_expire_minutes)
    return jwt.encode({"sub": subject, "exp": expire}, settings.secret_key, algorithm="HS256")


@app.post("/token")
def login(
    form: OAuth2PasswordRequestForm = Depends(), session: Session = Depends(get_session)
) -> dict[str, str]:
    user = session.scalar(select(User).where(User.name == form.username))
    try:
        if user is None:
            raise VerifyMismatchError
        hasher.verify(user.password_hash, form.password)
    except VerifyMismatchError:
        raise HTTPException(
            status_code=status.HTTP_401_UNAUTHORIZED, detail="Incorrect username or password"
        ) from None
    return {"access_token": create_access_token(user.name), "token_type": "bearer"}
