"""Describes the interface for partners (OpenAPI 3.1), from the very types that read the calls."""

from http import HTTPStatus
from typing import Any, Final

import msgspec

from jikimi import __version__
from jikimi.console.handing_in import (
    BYTES_A_MINUTE,
    CALLS_A_MINUTE,
    FORM,
    JSON,
    LARGEST_JSON,
    STEP,
    Refused,
    Taken,
)
from jikimi.sources.upload_post import HandedPost

POSTS: Final = "/api/v1/posts"
REF: Final = "#/components/schemas/{name}"

REFUSALS: Final = {
    HTTPStatus.BAD_REQUEST: "The body is not what its content type says.",
    HTTPStatus.UNAUTHORIZED: "No token, or one that is not valid.",
    HTTPStatus.FORBIDDEN: "The token may not hand in this kind.",
    HTTPStatus.METHOD_NOT_ALLOWED: "Not POST.",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: f"JSON above {LARGEST_JSON} bytes, or a form above 64 MiB.",
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE: f"Neither {JSON} nor {FORM}, or an encoded body.",
    HTTPStatus.UNPROCESSABLE_ENTITY: "The post is not what the schema says, or a file cannot be read.",
    HTTPStatus.TOO_MANY_REQUESTS: f"Above {CALLS_A_MINUTE} calls or {BYTES_A_MINUTE} bytes a minute.",
    HTTPStatus.SERVICE_UNAVAILABLE: "Not now: send it again after Retry-After.",
}
COMES_AGAIN: Final = (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE)


def description() -> dict[str, Any]:
    """Return the whole description."""
    _, schemas = msgspec.json.schema_components([HandedPost, Taken, Refused], ref_template=REF)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Jikimi, for partners", "version": __version__, "license": {"name": "Apache-2.0"}},
        "security": [{"token": []}],
        "paths": {POSTS: {"post": _handing_in()}},
        "components": {
            "schemas": schemas,
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
    }


def _handing_in() -> dict[str, Any]:
    post = {"$ref": REF.format(name="HandedPost")}
    return {
        "operationId": "handIn",
        "summary": "Hand in one public post.",
        "description": (
            "With addresses of media (application/json) or with the media themselves (multipart/form-data: "
            "a part `post` with the JSON, and a file for a medium, named by its number: 0, 1, …). The same "
            "`id` may be sent again and is taken once. The answer never says whether anything was found; "
            f"forms are answered at whole multiples of {STEP:g} seconds. Files are looked at in memory and "
            "are not kept."
        ),
        "requestBody": {
            "required": True,
            "content": {
                JSON: {"schema": post},
                FORM: {
                    "schema": {
                        "type": "object",
                        "properties": {"post": post},
                        "patternProperties": {"^[0-9]{1,2}$": {"type": "string", "format": "binary"}},
                        "required": ["post"],
                        "additionalProperties": False,
                    },
                    "encoding": {"post": {"contentType": JSON}},
                },
            },
        },
        "responses": {
            str(HTTPStatus.ACCEPTED.value): _answer("Taken.", "Taken"),
            **{
                str(status.value): _answer(why, "Refused", comes_again=status in COMES_AGAIN)
                for status, why in REFUSALS.items()
            },
        },
    }


def _answer(why: str, schema: str, *, comes_again: bool = False) -> dict[str, Any]:
    after = {"Retry-After": {"schema": {"type": "integer"}, "description": "seconds"}}
    return {
        "description": why,
        "content": {JSON: {"schema": {"$ref": REF.format(name=schema)}}},
        **({"headers": after} if comes_again else {}),
    }
