"""Bases of the request models."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field


class Strict(BaseModel):
    """A JSON body: no unknown fields, no silent conversion of types."""

    model_config = ConfigDict(strict=True, extra="forbid")


class Query(BaseModel):
    """Query parameters or form fields (always text): no unknown names."""

    model_config = ConfigDict(extra="forbid", str_max_length=2000)


class PageQuery(Query):
    """Query parameters of a list."""

    limit: Annotated[int, Field(ge=1, le=1000, strict=False)] = 50
    cursor: str | None = None


CountyCode = Annotated[str, Field(pattern=r"^[0-9]{6}$")]
