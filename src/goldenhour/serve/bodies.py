"""What requests may say: the bodies of the API, validated, with the examples that its description shows."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import (
    UUID7,
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    PlainValidator,
    StringConstraints,
    WithJsonSchema,
    field_validator,
    model_validator,
)

from goldenhour.events.event import MAX_NAME, MediaKind
from goldenhour.serve.chain import MOST_TAKES
from goldenhour.serve.examples import ANSWER_ID, EXAMPLE_RECIPE, EXAMPLE_TOOL, EXPORT_ID, PROJECT_ID, shown
from goldenhour.tools import Recipe
from goldenhour.tools.errors import UserError
from goldenhour.tools.recipe import RecipeError

MOST_INTENTS = 100
FAULTS_TOLD = 3  # of a recipe: two tools that are left out must not hide what is wrong with the third

RECIPE_SCHEMA = {"type": "object", "title": "Recipe"}  # `describe` puts the toolset's own in its place


def recipe_from(data: Any) -> Recipe:
    """A recipe from JSON data; raises UserError of one sentence, however much is wrong."""
    try:
        return Recipe.from_dict(data)
    except RecipeError as error:
        raise _one_sentence(error) from None


def recipe_from_text(text: str) -> Recipe:
    """A recipe from JSON text; raises UserError of one sentence, however much is wrong."""
    try:
        return Recipe.from_json(text)
    except RecipeError as error:
        raise _one_sentence(error) from None


def _one_sentence(error: RecipeError) -> UserError:
    told, others = error.faults[:FAULTS_TOLD], error.faults[FAULTS_TOLD:]
    more = f", and {len(others)} more of its entries are wrong" if others else ""
    return UserError(f"{'; '.join(told)}{more}; GET /v1/toolset says what a recipe holds")


RecipeData = Annotated[Recipe, PlainValidator(recipe_from), WithJsonSchema(RECIPE_SCHEMA)]
User = Annotated[
    str,
    StringConstraints(min_length=1, max_length=MAX_NAME),
    Field(description="Any name by which you know the person; only a salted hash of it is kept."),
]
Intent = Annotated[str, Field(description="How the picture should look, in the user's own words: 1 to 500 characters.")]


class Body(BaseModel):
    """A JSON object with these members and no others."""

    model_config = ConfigDict(extra="forbid")


def _with_example(**example: Any) -> ConfigDict:
    return ConfigDict(extra="forbid", json_schema_extra={"examples": [shown(example)]})


class RecipesBody(Body):
    """One intent, or up to 100."""

    model_config = _with_example(intent="golden hour in morocco", n=2)

    intent: Intent | None = None
    intents: Annotated[list[str], Field(min_length=1, max_length=MOST_INTENTS)] | None = None
    n: Annotated[int, Field(ge=1, le=MOST_TAKES, description="How many takes, readings of the words, at most.")] = 1
    take: (
        Annotated[int, Field(ge=0, lt=MOST_TAKES, description="Only this take, from 0; beyond the last: again.")] | None
    ) = None
    current: Annotated[
        RecipeData | None, Field(description='The recipe that relative wishes such as "a bit warmer" change.')
    ] = None
    project_id: Annotated[UUID7 | None, Field(description="Without it a project is started.")] = None
    user: User | None = None
    media_kind: MediaKind = "photo"
    table: Annotated[
        Literal[33, 65] | None,
        Field(description="Points a side: the answer has what POST /v1/tables sends for its recipe, as base64."),
    ] = None

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        if (self.intent is None) == (self.intents is None):
            raise UserError("send either intent, or intents")
        if self.n > 1 and self.intents is not None:
            raise UserError("n goes with one intent; send intents without it, or ask for each alone")
        if self.n > 1 and self.take is not None:
            raise UserError("send either n, or take")
        if self.table is not None and (self.n > 1 or self.intents is not None):
            raise UserError("table goes with one answer; POST /v1/tables compiles the recipes of several")
        return self


class ProjectBody(Body):
    """A project that begins."""

    model_config = _with_example(project_id=PROJECT_ID, media_kind="photo", user="user-17")

    project_id: Annotated[UUID7 | None, Field(description="Of your making, so that sending twice is once.")] = None
    media_kind: MediaKind
    user: User | None = None


class EditBody(Body):
    """An answer that the user changed by hand; ``recipe`` is the whole recipe afterwards."""

    model_config = _with_example(project_id=PROJECT_ID, answer_id=ANSWER_ID, recipe=EXAMPLE_RECIPE)

    project_id: UUID7
    answer_id: UUID7
    recipe: RecipeData
    edit_id: Annotated[UUID7 | None, Field(description="Of your making, so that sending twice is once.")] = None
    edited_at: Annotated[AwareDatetime | None, Field(description="Default: now.")] = None


class ExportBody(Body):
    """A project that was exported; ``recipe`` is what was exported, with all that was done by hand."""

    model_config = _with_example(
        export_id=EXPORT_ID,
        project_id=PROJECT_ID,
        answer_id=ANSWER_ID,
        recipe=EXAMPLE_RECIPE,
        exported_at="2026-11-28T16:00:00Z",
    )

    project_id: UUID7
    answer_id: Annotated[UUID7 | None, Field(description="The answer it was made of; without it, it was none.")] = None
    recipe: RecipeData
    export_id: Annotated[UUID7 | None, Field(description="Of your making, so that sending twice is once.")] = None
    exported_at: Annotated[AwareDatetime | None, Field(description="Default: now.")] = None


class TableBody(Body):
    """A recipe as a 3D table."""

    model_config = _with_example(recipe=EXAMPLE_RECIPE, size=33)

    recipe: RecipeData
    size: Literal[33, 65] = 33


class CubeBody(TableBody):
    """A recipe as a ``.cube`` file."""

    model_config = _with_example(recipe=EXAMPLE_RECIPE, size=33, title="golden hour")

    title: Annotated[str, StringConstraints(max_length=MAX_NAME)] = ""


class PresetBody(Body):
    """A recipe as a preset of Lightroom."""

    model_config = _with_example(recipe=EXAMPLE_RECIPE, name="golden hour")

    recipe: RecipeData
    name: Annotated[str, StringConstraints(max_length=MAX_NAME)] = "Golden Hour"


class ChatBody(BaseModel):
    """A chat completion as OpenAI's clients ask for it; what is not named here is ignored."""

    model_config = ConfigDict(
        extra="ignore",
        json_schema_extra={
            "examples": [
                shown(
                    {
                        "model": "goldenhour",
                        "messages": [{"role": "user", "content": "golden hour in morocco"}],
                        "tools": [{"type": "function", "function": {"name": EXAMPLE_TOOL}}],
                    }
                )
            ]
        },
    )

    model: Annotated[str, Field(description="Any name: one model answers here.")] = "goldenhour"
    messages: Annotated[list[dict[str, Any]], Field(min_length=1)]
    tools: list[dict[str, Any]] | None = None
    tool_choice: str | dict[str, Any] | None = None
    response_format: dict[str, Any] | None = None
    n: Annotated[int, Field(ge=1, le=MOST_TAKES, description="Takes, readings of the words, at most.")] | None = 1
    stream: bool | None = False
    stream_options: dict[str, Any] | None = None
    user: User | None = None
    metadata: Annotated[
        dict[str, Any] | None, Field(description="`project_id`: the project to which the answer belongs.")
    ] = None

    @field_validator("user", mode="before")
    @classmethod
    def _or_nobody(cls, user: Any) -> Any:
        """Clients that have no name to send send an empty one."""
        return None if isinstance(user, str) and not user.strip() else user
