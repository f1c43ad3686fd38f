"""Reminders: the list, one campaign from its first word to its report, and its numbers as a file."""

import csv
import io
from collections.abc import Awaitable, Mapping, Sequence
from dataclasses import dataclass, replace

from starlette.responses import Response

from bot.admin.campaigns.bot_links import BotLinks
from bot.admin.campaigns.campaign_form import CampaignForm, When, form_from, form_of
from bot.admin.web import campaign_labels
from bot.admin.web.gate import AdminRequest, AdminRoute, get, go, post
from bot.admin.web.previews import TelegramMessages, preview_of
from bot.admin.web.render import HEADERS, Renderer, done
from bot.application.campaigns.campaign_reports import RunReport
from bot.application.campaigns.edit_campaigns import CampaignPreview
from bot.application.campaigns.manage_campaigns import CampaignDetails, ManageCampaigns
from bot.core.accounts.review import is_second_person
from bot.core.accounts.users import Permission, User
from bot.core.campaigns.campaign import FINAL, Campaign, CampaignStatus
from bot.core.campaigns.consent import TimeZone
from bot.core.campaigns.delivery import UnknownDeliveryPolicy
from bot.core.campaigns.schedule import STAGES, WEEKDAYS
from bot.core.campaigns.segment import MAX_A_WEEK
from bot.core.errors import InvalidInputError
from bot.core.replies.texts import ROLES, STAGE_NAMES

WATCH_SECONDS = 2
SLOW_WATCH_SECONDS = 15
"""While nothing is sent, and for campaigns so large that counting them takes a moment."""
LARGE = 50_000
LAST_LOOKS = 5
"""After the end a page looks so often for the answers to what was under way."""
AHEAD = frozenset({CampaignStatus.DRAFT, CampaignStatus.SUBMITTED, CampaignStatus.APPROVED, CampaignStatus.SCHEDULED})


@dataclass(frozen=True, kw_only=True)
class CampaignPages:
    """The pages, with what they need."""

    manage: ManageCampaigns
    links: BotLinks
    telegram: TelegramMessages
    render: Renderer

    def pages(self) -> list[AdminRoute]:
        """Return the routes."""
        see, send = Permission.REVIEW_CAMPAIGNS, Permission.BROADCAST
        one = "/pengingat/satu/{campaign}"
        return [
            get("/pengingat", see, self._list),
            get("/pengingat/baru", send, self._new),
            post("/pengingat/baru", send, self._create),
            post("/pengingat/hitung", send, self._estimate),
            get(one, see, self._one),
            get(f"{one}/jalan", see, self._progress, is_watch=True),
            get(f"{one}/csv", see, self._csv),
            get(f"{one}/ubah", send, self._edit),
            post(f"{one}/ubah", send, self._rewrite),
            post(f"{one}/ajukan", send, self._submit),
            post(f"{one}/kembalikan", see, self._send_back),
            post(f"{one}/setujui", see, self._approve),
            post(f"{one}/jalankan", send, self._start),
            post(f"{one}/jeda", send, self._pause),
            post(f"{one}/hentikan", send, self._stop),
            post(f"{one}/putuskan", send, self._settle),
        ]

    # To look at

    async def _list(self, visit: AdminRequest) -> Response:
        kind = visit.asked("keadaan")
        found = await self.manage.all(visit.user)
        shown = [each for each in found if kind in {"", each.status.value}]
        return self._page(visit, "campaigns.html", campaigns=shown, total=len(found), kind=kind)

    async def _one(self, visit: AdminRequest) -> Response:
        return self._seen_page(visit, 200, await self.manage.look(visit.user, visit.path("campaign")), None)

    def _seen_page(self, visit: AdminRequest, status: int, seen: CampaignDetails, error: str | None) -> Response:
        campaign = seen.campaign
        trial = self.links.trial(campaign.id, visit.now) if campaign.status in AHEAD and seen.preview else None
        return self._page(
            visit,
            "campaign.html",
            status,
            seen=seen,
            campaign=campaign,
            error=error,
            meant=campaign_labels.meant(campaign.segment, {code: each.name for code, each in seen.agencies.items()}),
            shown=preview_of("", seen.preview.message, self.telegram) if seen.preview else None,
            is_ahead=campaign.status in AHEAD,
            trial=trial,
            trial_picture=self.links.picture(trial) if trial else None,
            **_decisions(visit.user, campaign, seen),
            **_progress(campaign, seen.reports),
        )

    async def _progress(self, visit: AdminRequest) -> Response:
        """Return the part of the page that changes by itself; a change of state reloads the whole page."""
        campaign, reports = await self.manage.watch(visit.user, visit.path("campaign"))
        if not visit.is_fragment:
            return go(visit, f"/pengingat/satu/{campaign.id}")
        left = visit.asked("lagi")
        progress = _progress(campaign, reports, int(left) if left in _LOOKS else LAST_LOOKS)
        answer = self.render.fragment(
            visit, "campaign_progress.html", campaign=campaign, cw=campaign_labels, **progress
        )
        if visit.asked("dari") != campaign.status.value:
            answer.headers["HX-Refresh"] = "true"
        return answer

    async def _csv(self, visit: AdminRequest) -> Response:
        campaign, reports = await self.manage.watch(visit.user, visit.path("campaign"))
        written = io.StringIO()
        writer = csv.writer(written)
        writer.writerow(("kampanye", "putaran", "kanal", "status", "alasan", "jumlah"))
        for report in reports:
            for each in report.lines:
                messages = campaign_labels.FEW if each.messages is None else each.messages
                writer.writerow(
                    (campaign.id, report.number, each.channel.value, each.status.value, each.reason, messages)
                )
        name = {"Content-Disposition": f'attachment; filename="pengingat-{campaign.id}.csv"'}
        return Response(written.getvalue(), 200, {**HEADERS, **name}, media_type="text/csv; charset=utf-8")

    # To write

    async def _new(self, visit: AdminRequest) -> Response:
        form, source = CampaignForm(), visit.asked("dari")
        if source:
            campaign = (await self.manage.look(visit.user, source)).campaign
            form = form_from(campaign, f"{campaign.name} (salinan)")
        return await self._form(visit, 200, form, None, None)

    async def _create(self, visit: AdminRequest) -> Response:
        form = form_of(visit)
        try:
            if visit.value("then") == "hitung":
                return await self._form(visit, 200, form, None, None, await self._preview(visit, form))
            id_ = await self.manage.create(visit.user, form.wanted())
        except InvalidInputError as error:
            return await self._form(visit, 400, form, None, str(error))
        return done(visit, f"/pengingat/satu/{id_}", "kampanye-simpan")

    async def _edit(self, visit: AdminRequest) -> Response:
        campaign = (await self.manage.look(visit.user, visit.path("campaign"))).campaign
        if campaign.status is not CampaignStatus.DRAFT:
            raise InvalidInputError("Hanya draf yang bisa diubah. Kembalikan dulu pengingat ini, atau buat salinannya.")
        return await self._form(visit, 200, form_from(campaign, campaign.name), campaign, None)

    async def _rewrite(self, visit: AdminRequest) -> Response:
        form, id_ = form_of(visit), visit.path("campaign")
        campaign = (await self.manage.look(visit.user, id_)).campaign
        try:
            if visit.value("then") == "hitung":
                return await self._form(visit, 200, form, campaign, None, await self._preview(visit, form))
            await self.manage.rewrite(visit.user, id_, form.wanted())
        except InvalidInputError as error:
            return await self._form(visit, 400, form, campaign, str(error))
        return done(visit, f"/pengingat/satu/{id_}", "kampanye-simpan")

    async def _estimate(self, visit: AdminRequest) -> Response:
        """Show what the form as it is would do; nothing is kept."""
        values: dict[str, object] = {"problem": None, "estimate": None, "shown": None}
        try:
            estimate = await self._preview(visit, form_of(visit))
            values |= {"estimate": estimate, "shown": preview_of("", estimate.message, self.telegram)}
        except InvalidInputError as error:
            values["problem"] = str(error)
        return self.render.fragment(visit, "campaign_estimate.html", cw=campaign_labels, **values)

    async def _preview(self, visit: AdminRequest, form: CampaignForm) -> CampaignPreview:
        wanted = form.wanted()
        return await self.manage.estimate(visit.user, wanted if wanted.name else _named(form).wanted())

    async def _form(
        self,
        visit: AdminRequest,
        status: int,
        form: CampaignForm,
        campaign: Campaign | None,
        error: str | None,
        estimate: CampaignPreview | None = None,
    ) -> Response:
        choices = await self.manage.choices(visit.user)
        return self._page(
            visit,
            "campaign_form.html",
            status,
            form=form,
            campaign=campaign,
            error=error,
            choices=choices,
            regions=sorted({each.region for each in choices.agencies.values()}),
            estimate=estimate,
            problem=None,
            shown=preview_of("", estimate.message, self.telegram) if estimate else None,
            channel_kinds=list(self.manage.rates.intervals),
            **_KINDS,
        )

    # To decide

    async def _submit(self, visit: AdminRequest) -> Response:
        return await self._act(visit, self.manage.submit(visit.user, visit.path("campaign")), "kampanye-ajukan")

    async def _send_back(self, visit: AdminRequest) -> Response:
        deed = self.manage.return_for_changes(visit.user, visit.path("campaign"), visit.value("why"))
        return await self._act(visit, deed, "kampanye-kembali")

    async def _approve(self, visit: AdminRequest) -> Response:
        deed = self.manage.approve(visit.user, visit.path("campaign"), visit.value("seen"))
        return await self._act(visit, deed, "kampanye-setuju")

    async def _start(self, visit: AdminRequest) -> Response:
        first = await self.manage.start(visit.user, visit.path("campaign"))
        return done(
            visit, f"/pengingat/satu/{visit.path('campaign')}", "kampanye-jadwal" if first else "kampanye-lanjut"
        )

    async def _pause(self, visit: AdminRequest) -> Response:
        return await self._act(visit, self.manage.pause(visit.user, visit.path("campaign")), "kampanye-jeda")

    async def _stop(self, visit: AdminRequest) -> Response:
        return await self._act(visit, self.manage.stop(visit.user, visit.path("campaign")), "kampanye-henti")

    async def _settle(self, visit: AdminRequest) -> Response:
        way = visit.value("way")
        if way not in {"ulang", "anggap"}:
            raise InvalidInputError("Pilih: kirim ulang, atau anggap sampai.")
        await self.manage.settle(visit.user, visit.path("campaign"), resend=way == "ulang")
        return done(visit, f"/pengingat/satu/{visit.path('campaign')}", f"kampanye-{way}")

    async def _act(self, visit: AdminRequest, deed: Awaitable[object], notice: str) -> Response:
        await deed
        return done(visit, f"/pengingat/satu/{visit.path('campaign')}", notice)

    def _page(self, visit: AdminRequest, template: str, status: int = 200, **values: object) -> Response:
        return self.render.page(visit, template, status, cw=campaign_labels, **values)


def _named(form: CampaignForm) -> CampaignForm:
    """Let a campaign be counted before it has a name."""
    return replace(form, name="tanpa nama")


def _decisions(user: User, campaign: Campaign, seen: CampaignDetails) -> Mapping[str, object]:
    """Say what this user may do now."""
    may_send, status = user.may(Permission.BROADCAST), campaign.status
    is_second = is_second_person(campaign.involved, user.name)
    waits = status is CampaignStatus.SUBMITTED
    return {
        "may_edit": may_send and status is CampaignStatus.DRAFT,
        "may_approve": waits and is_second and seen.preview is not None and not seen.preview.problems,
        "must_be_other": waits and not is_second,
        "may_return": status in {CampaignStatus.SUBMITTED, CampaignStatus.APPROVED},
        "may_schedule": may_send and status is CampaignStatus.APPROVED,
        "may_pause": may_send and status in {CampaignStatus.SCHEDULED, CampaignStatus.RUNNING},
        "may_resume": may_send and status is CampaignStatus.PAUSED,
        "may_stop": may_send and status not in FINAL,
        "may_send": may_send,
    }


@dataclass(frozen=True, kw_only=True)
class Line:
    """One fate in a report, in words."""

    label: str
    reason: str
    channel: str
    messages: int | None
    advice: str


@dataclass(frozen=True, kw_only=True)
class Shown:
    """A report with its lines in words."""

    report: RunReport
    lines: Sequence[Line]


_LOOKS = frozenset(str(number) for number in range(LAST_LOOKS))


def _progress(campaign: Campaign, reports: Sequence[RunReport], looks: int = LAST_LOOKS) -> Mapping[str, object]:
    is_final, is_stopped = campaign.status in FINAL, campaign.status is CampaignStatus.STOPPED
    is_under_way = any(report.is_sending for report in reports)
    is_sending = campaign.status is CampaignStatus.RUNNING and sum(report.total or 0 for report in reports) < LARGE
    doubts = [report.in_doubt for report in reports if report.in_doubt != 0]
    return {
        "reports": [Shown(report=each, lines=_lines(each, is_stopped)) for each in reversed(reports)],
        # Few of several runs are told as few.
        "in_doubt": (sum(each or 0 for each in doubts) or None) if doubts else 0,
        "is_live": not is_final or (is_under_way and looks > 0),
        "is_final": is_final,
        "is_stopped": is_stopped,
        "looks": looks - 1 if is_final else LAST_LOOKS - 1,
        "seconds": WATCH_SECONDS if is_sending or is_final else SLOW_WATCH_SECONDS,
    }


def _lines(report: RunReport, is_stopped: bool) -> Sequence[Line]:
    return [
        Line(
            label=campaign_labels.label(each.status, is_stopped),
            reason=campaign_labels.REASONS.get(each.reason, each.reason),
            channel=campaign_labels.CHANNELS[each.channel],
            messages=each.messages,
            advice=campaign_labels.ADVICE.get(each.status, ""),
        )
        for each in report.lines
    ]


_KINDS: Mapping[str, object] = {
    "kinds": list(When),
    "zones": list(TimeZone),
    "weekday_names": WEEKDAYS,
    "stage_words": list(STAGES),
    "stage_names": STAGE_NAMES,
    "role_names": ROLES,
    "doubts": list(UnknownDeliveryPolicy),
    "most_a_week": MAX_A_WEEK,
}
