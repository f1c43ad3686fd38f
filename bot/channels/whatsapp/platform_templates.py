"""Message templates between Meta's JSON and ours, and the registry looked at before one is used."""

import re
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from bot.application.campaigns.sync_platform_templates import TemplateRegistry
from bot.channels.whatsapp.graph_client import GraphClient
from bot.core.campaigns.platform_template import PlatformTemplate, TemplateProblem, unfit
from bot.core.campaigns.reminder_forms import as_parameter
from bot.core.replies import texts

__all__ = ["GraphTemplates", "TemplateCheck", "as_parameter", "proposal", "to_template"]

KNOWN_SECONDS = 60.0
"""How long a look at the registry holds; a template that Meta pauses is used no longer than that after a sync."""
_PARAMETER = re.compile(r"\{\{\s*\w+\s*\}\}")


class TemplateCheck:
    """Says whether a template may be used now."""

    def __init__(self, registry: TemplateRegistry, monotonic: Callable[[], float] = time.monotonic) -> None:
        """Take the registry and seconds that only rise."""
        self._registry = registry
        self._monotonic = monotonic
        self._known: tuple[float, tuple[PlatformTemplate, ...]] | None = None

    async def unfit(self, wanted: PlatformTemplate) -> TemplateProblem | None:
        """Say why not, None when it may be used."""
        now = self._monotonic()
        if self._known is None or now - self._known[0] > KNOWN_SECONDS:
            self._known = (now, tuple(await self._registry.templates()))
        return unfit(wanted, self._known[1])


class GraphTemplates:
    """The real `TemplatePlatform`."""

    def __init__(self, client: GraphClient) -> None:
        """Take the client of an account."""
        self._client = client

    async def templates(self) -> Sequence[PlatformTemplate]:
        """Read every template that has a name."""
        found = map(to_template, await self._client.templates())
        return [each for each in found if each is not None]

    async def propose(self, template: PlatformTemplate) -> str:
        """Hand one in with our examples."""
        examples = texts.TEMPLATE_EXAMPLES[: template.parameters]
        return await self._client.propose_template(proposal(template, examples))


def to_template(told: Mapping[str, Any]) -> PlatformTemplate | None:
    """Read one template as Meta lists it; None when it has no name."""
    name, language = told.get("name"), told.get("language")
    if not isinstance(name, str) or not isinstance(language, str):
        return None
    components = [each for each in told.get("components") or [] if isinstance(each, dict)]
    body = next((str(each.get("text", "")) for each in components if each.get("type") == "BODY"), "")
    buttons = [
        str(button.get("text", ""))
        for each in components
        if each.get("type") == "BUTTONS"
        for button in each.get("buttons") or []
        if isinstance(button, dict) and button.get("type") == "QUICK_REPLY"
    ]
    return PlatformTemplate(
        name=name,
        language=language,
        category=str(told.get("category", "")),
        status=str(told.get("status", "")),
        body=body,
        parameters=len(set(_PARAMETER.findall(body))),
        buttons=tuple(buttons),
    )


def proposal(template: PlatformTemplate, examples: Sequence[str]) -> dict[str, Any]:
    """Return a template as Meta takes it for review; every parameter needs an example."""
    body: dict[str, Any] = {"type": "BODY", "text": template.body}
    if template.parameters:
        body["example"] = {"body_text": [list(examples)]}
    components = [body]
    if template.buttons:
        buttons = [{"type": "QUICK_REPLY", "text": label} for label in template.buttons]
        components.append({"type": "BUTTONS", "buttons": buttons})
    return {
        "name": template.name,
        "language": template.language,
        "category": template.category,
        "components": components,
    }
