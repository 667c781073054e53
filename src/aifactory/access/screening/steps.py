"""What a mode asks of screening beside eligibility: a technical check, and the gate of law and ethics."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from aifactory.kit.bilingual import Text
from aifactory.kit.units import Resource

Id = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
#: what an assessor can answer to a technical question
SAYS = ("yes", "no", "unclear")


class TechnicalQuestion(BaseModel):
    """One thing that an assessor looks at; yes is good."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: Id
    label: Text


USUAL = (
    TechnicalQuestion(
        id="partition",
        label=Text(
            en="Does the work fit the partition: kind of GPU, number of nodes?",
            nl="Past het werk op de partitie: soort GPU, aantal nodes?",
        ),
    ),
    TechnicalQuestion(
        id="walltime",
        label=Text(
            en="Does each run end, or save its state, within the longest walltime?",
            nl="Eindigt elke run binnen de langste looptijd, of slaat die tussentijds op?",
        ),
    ),
    TechnicalQuestion(
        id="memory",
        label=Text(
            en="Do model and data fit the memory of the GPUs and nodes asked for?",
            nl="Passen model en data in het geheugen van de gevraagde GPU's en nodes?",
        ),
    ),
    TechnicalQuestion(
        id="software",
        label=Text(
            en="Is the software there, or can it come in a container without internet on the node?",
            nl="Is de software er, of kan die in een container mee zonder internet op de node?",
        ),
    ),
    TechnicalQuestion(
        id="scaling",
        label=Text(
            en="Is it shown that the work scales to the number of GPUs asked for?",
            nl="Is aangetoond dat het werk schaalt naar het gevraagde aantal GPU's?",
        ),
    ),
    TechnicalQuestion(
        id="amounts",
        label=Text(
            en="Do the amounts follow from the estimate: runs, hours, storage, transfer?",
            nl="Volgen de hoeveelheden uit de schatting: runs, uren, opslag, transport?",
        ),
    ),
)


class Screening(BaseModel):
    """Which steps an award of this mode needs; `questions` are asked of the technical assessor."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    technical: bool = False
    law_gate: bool = False
    questions: tuple[TechnicalQuestion, ...] = Field(default=USUAL, min_length=1)


class StateAid(BaseModel):
    """An award of this mode is de minimis aid: what one shown unit of each resource is worth, in euro cents."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    prices: dict[Resource, Annotated[int, Field(ge=0)]] = Field(min_length=1)
