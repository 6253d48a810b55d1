"""What can be done to a picture: the toolset, recipes made with it, and the intents that they answer."""

from goldenhour.tools.errors import UserError
from goldenhour.tools.explain import explain
from goldenhour.tools.intent import IntentError, check_intent, normalise, split_of
from goldenhour.tools.recipe import MAX_INTENSITY, Recipe, RecipeError
from goldenhour.tools.repair import repair
from goldenhour.tools.schema import recipe_schema, tool_definitions
from goldenhour.tools.toolset import Toolset, ToolsetError, default_toolset, load_toolset

__all__ = [
    "MAX_INTENSITY",
    "IntentError",
    "Recipe",
    "RecipeError",
    "Toolset",
    "ToolsetError",
    "UserError",
    "check_intent",
    "default_toolset",
    "explain",
    "load_toolset",
    "normalise",
    "recipe_schema",
    "repair",
    "split_of",
    "tool_definitions",
]
