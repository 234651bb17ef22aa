"""Marks on the document types' fields that the reader and the JSON Schema both understand.

A field's type says what a value *is* in the product (a duration is seconds as a float); the mark says how
it is *written* in a file (`15m`), and its text becomes the schema's description.
"""

from typing import Annotated

import msgspec


class Written(msgspec.Struct, frozen=True):
    """How a value is written when that differs from what it is.

    `form` is one of `duration` (float seconds), `ratio` (a float; `1%` or `0.01`), `regex` (str that must
    compile), `step` (str naming a step of the document), `host` (str naming an entry of `hosts`),
    `secret` (str naming an entry of `secrets`), `shell` (str that goes to a shell), `typed` (str that a
    person has to type), `noted` (str that no file has: the reader notes it).
    """

    form: str


Duration = Annotated[float, Written("duration")]
Ratio = Annotated[float, Written("ratio")]
Regex = Annotated[str, Written("regex")]
StepId = Annotated[str, Written("step")]
HostName = Annotated[str, Written("host")]
SecretName = Annotated[str, Written("secret")]
Shell = Annotated[str, Written("shell")]
Typed = Annotated[str, Written("typed")]
Noted = Annotated[str, Written("noted")]
