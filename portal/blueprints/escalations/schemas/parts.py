"""What the texts of a case are like in the API."""

from typing import Annotated

from pydantic import Field

from portal.core.api import Whole, Words

from ..rules.tags import LONGEST_TAG

Text = Annotated[str, Words(20_000)]
Line = Annotated[str, Words(400)]
Note = Annotated[str, Words(400, least=0)]
Name = Annotated[str, Words(160)]
Person = Annotated[str, Words(254), Field(description="The address they sign in with.")]
Tag = Annotated[str, Words(LONGEST_TAG)]
CaseReference = Annotated[str, Field(pattern=r"^ESC-[0-9]{4}-[0-9]{4,12}$")]
TeamName = Annotated[str, Words(80)]
Id = Annotated[int, Field(ge=0, le=2**31 - 1), Whole]
