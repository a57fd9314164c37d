"""Whose session a request runs in. A stranger's sees the catalogue and nothing else."""

# FastAPI reads these annotations when the module is imported.
from typing import Annotated

from fastapi import Depends, Request

from golconda.doors.wire import bearer
from golconda.node.session import Session

DOOR = "http"


def anyone(request: Request) -> Session:
    """Return the token's session, or a stranger's."""
    text = bearer.token(request.headers)
    node = request.app.state.node
    session: Session = node.public_session(DOOR) if text is None else node.authenticate(text, DOOR)
    return session


def holder(request: Request) -> Session:
    """Return the token's session, or raise ``token-missing``."""
    session: Session = request.app.state.node.authenticate(bearer.required(request.headers), DOOR)
    return session


Anyone = Annotated[Session, Depends(anyone)]
Holder = Annotated[Session, Depends(holder)]
