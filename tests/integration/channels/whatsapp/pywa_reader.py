"""Run under the environment of `outside-requirements.txt`: what pywa reads and builds, as JSON on standard output.

Standard input holds `{"webhooks": {name: {"body", "signature"}}, "secret", "built": {...}}`.
"""

import base64
import json
import sys

import httpx  # type: ignore[import-not-found, unused-ignore]
from pywa import WhatsApp  # type: ignore[import-not-found, unused-ignore]
from pywa.types import (  # type: ignore[import-not-found, unused-ignore]
    Button,
    Section,
    SectionList,
    SectionRow,
)
from pywa.types.others import MessageType  # type: ignore[import-not-found, unused-ignore]
from pywa.types.templates import (  # type: ignore[import-not-found, unused-ignore]
    BodyText,
    QuickReplyButton,
    TemplateLanguage,
)

TOLD = json.load(sys.stdin)
posted: list[object] = []


def answer(request):  # type: ignore[no-untyped-def]
    posted.append(json.loads(request.content))
    return httpx.Response(200, json={"contacts": [{"input": "1", "wa_id": "1"}], "messages": [{"id": "wamid.1"}]})


seen: list[object] = []
wa = WhatsApp(
    "106540352242922",
    "token",
    server=None,
    session=httpx.Client(transport=httpx.MockTransport(answer), base_url="https://graph.facebook.com"),
    app_secret=TOLD["secret"],
    verify_token="x",
)
wa.on_message(
    lambda _, told: seen.append({"kind": "message", "type": told.type, "id": told.from_user.bsuid, "text": told.text})
)
wa.on_callback_button(lambda _, told: seen.append({"kind": "button", "data": told.data, "id": told.from_user.bsuid}))
wa.on_callback_selection(lambda _, told: seen.append({"kind": "row", "data": told.data, "id": told.from_user.bsuid}))
wa.on_message_status(lambda _, told: seen.append({"kind": "status", "status": told.status, "ticket": told.tracker}))

read = {}
for name, each in TOLD["webhooks"].items():
    body = base64.b64decode(each["body"])
    seen.clear()
    refused = wa.webhook_update_validator(body, each["signature"])
    status = refused[1] if refused else wa.webhook_update_handler(body)[1]
    read[name] = {"status": status, "seen": list(seen)}

built = TOLD["built"]
wa.send_message("62812", built["text"], preview_url=False, tracker=built["ticket"])
wa.send_message("62812", built["text"], buttons=[Button(title, callback_data=id_) for title, id_ in built["buttons"]])
rows = [SectionRow(title=title, callback_data=id_) for title, id_ in built["rows"]]
wa.send_message(
    "62812",
    built["text"],
    buttons=SectionList(button_title=built["list"], sections=[Section(title=built["list"], rows=rows)]),
)
wa.send_template(
    "ID.13491208655302741918",
    name=built["template"],
    language=TemplateLanguage(built["language"]),
    params=[
        BodyText.params(*built["parameters"]),
        *(QuickReplyButton.params(callback_data=data, index=at) for at, data in enumerate(built["payloads"])),
    ],
)
types = [each.value for each in MessageType]
json.dump({"read": read, "built": posted, "types": types}, sys.stdout, default=str)
