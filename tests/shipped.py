"""Version 1 of the policies as shipped, read straight from their files."""

import json
import tomllib
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel

import portal.blueprints.policies

Shape = TypeVar("Shape", bound=BaseModel)


def shipped(shape: type[Shape], kind: str, **changes: object) -> Shape:
    """Give a shipped policy, with top-level keys changed."""
    folder = Path(portal.blueprints.policies.__file__).parent / "defaults"
    document = tomllib.loads((folder / f"{kind}.toml").read_text(encoding="utf-8"))
    return shape.model_validate_json(json.dumps(document | changes))
