"""The review queue's pages: the list, the case page, and the verbs behind its buttons."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Prefetch, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.views.decorators.http import require_POST

from reviewqueue import cases, decide, errors, groups, page, wording
from reviewqueue.admin_base import ReadOnlyAdmin
from reviewqueue.admin_filters import CodeFilter, HeldFilter, StateFilter, TenantFilter
from reviewqueue.dashboard import age
from reviewqueue.models import Case, CaseMember
from reviewqueue.site import site
from robot import clock
from robot.models import Doubt


@admin.register(Case, site=site)
class CaseAdmin(ReadOnlyAdmin):
    """The queue."""

    list_display = ("waiting", "question", "operation", "account", "tenant", "held")
    list_display_links = ("question",)
    list_filter = (StateFilter, HeldFilter, CodeFilter, TenantFilter)
    list_select_related = ("tenant",)
    list_fullwidth = True
    ordering = ("-urgent", "opened_at", "pk")
    search_fields = (
        "members__doubt__task__account__username",
        "members__doubt__task__account__email",
        "members__doubt__task__account__full_name",
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Cases with their members at hand."""
        rows = CaseMember.objects.order_by("pk").select_related("doubt__task__account")
        members = rows.prefetch_related("doubt__task__approves")
        return super().get_queryset(request).prefetch_related(Prefetch("members", members))

    # --- The list ---

    @admin.display(description="age", ordering="opened_at")
    def waiting(self, case: Case) -> str:
        """How long it has waited, marked when overdue or urgent."""
        end = case.closed_at or clock.now()
        mark = "rq-late" if case.overdue_since and not case.closed_at else ""
        urgent = " urgent" if case.urgent else ""
        text = age((end - case.opened_at).total_seconds())
        return format_html('<span class="rq-age {}">{}{}</span>', mark, text, urgent)

    @admin.display(description="question", ordering="code")
    def question(self, case: Case) -> str:
        """The question as its page puts it."""
        return wording.group_question(case.code, _doubts(case)) if _doubts(case) else case.code

    @admin.display(description="operation")
    def operation(self, case: Case) -> str:
        """The operations asked about."""
        return ", ".join(sorted({wording.operations(one.task) for one in _doubts(case)}))

    @admin.display(description="account")
    def account(self, case: Case) -> str:
        """Whose account, or how many."""
        doubts = _doubts(case)
        return (
            wording.person(doubts[0].task.account) if len(doubts) == 1 else f"{len(doubts)} people"
        )

    @admin.display(description="held by", ordering="claimed_by")
    def held(self, case: Case) -> str:
        """Who holds it now."""
        return cases.holder(case) or "-"

    # --- The page ---

    def get_urls(self) -> list[URLPattern]:
        """The verbs beside Django's own pages."""
        view = self.admin_site.admin_view

        def verb(name: str, handler: Callable[..., HttpResponse]) -> URLPattern:
            wrapped = view(require_POST(handler))
            return path(f"<int:case_id>/{name}/", wrapped, name=f"reviewqueue_case_{name}")

        return [
            path("next/", view(self.next_view), name="reviewqueue_case_next"),
            verb("decide", self.decide_view),
            verb("take", self.take_view),
            verb("give_back", self.give_back_view),
            verb("leave", self.leave_view),
            *super().get_urls(),
        ]

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """The case page. A reviewer who opens a free case holds it from then on."""
        case = self._case(request, _number(object_id) or 0)
        if request.method != "GET":
            raise PermissionDenied
        if case.closed_at is None and groups.may_decide(request.user):
            try:
                cases.claim(case, request.user)
            except errors.CaseError:
                case.refresh_from_db()  # held by another or closed meanwhile: the page says so
        context = {
            **self.admin_site.each_context(request),
            **page.context(case, request.user),
            "opts": self.opts,
            "title": str(case),
            "has_view_permission": True,
            **(extra_context or {}),
        }
        answer = TemplateResponse(request, "reviewqueue/case.html", context)
        answer.headers["Cache-Control"] = "no-store, private"
        return answer

    def next_view(self, request: HttpRequest) -> HttpResponse:
        """On to the case that should be looked at next."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        return self._onwards(request, None)

    def decide_view(self, request: HttpRequest, case_id: int) -> HttpResponse:
        """Take the decision and go on to the next case; stay where it could not be taken."""
        case = self._case(request, case_id)
        kind = request.POST.get("kind", "")
        try:
            outcome = decide.decide(
                case,
                kind,
                by=request.user,
                shown=_shown(request),
                reason=request.POST.get("reason", ""),
                candidate=_candidate(request, case),
                parameters=_parameters(request),
            )
        except errors.CaseError as error:
            return self._stay(request, case, error)
        _tell(request, outcome)
        if outcome.already or outcome.refused:
            return HttpResponseRedirect(_address(case))
        return self._onwards(request, case)

    def take_view(self, request: HttpRequest, case_id: int) -> HttpResponse:
        """Begin by hand: the robot stays away."""
        return self._one(
            request, case_id, decide.take, "You do it by hand now; the robot stays away."
        )

    def give_back_view(self, request: HttpRequest, case_id: int) -> HttpResponse:
        """Give it back undone."""
        return self._one(request, case_id, decide.give_back, "Given back to the queue.")

    def leave_view(self, request: HttpRequest, case_id: int) -> HttpResponse:
        """Leave the case to others and look at the next."""
        case = self._case(request, case_id)
        cases.let_go(case, request.user)
        return self._onwards(request, case)

    # --- Helpers ---

    def _case(self, request: HttpRequest, case_id: int) -> Case:
        case = get_object_or_404(Case.objects.select_related("tenant"), pk=case_id)
        if not self.has_view_permission(request, case):
            raise PermissionDenied
        return case

    def _one(
        self, request: HttpRequest, case_id: int, verb: Callable[..., None], done: str
    ) -> HttpResponse:
        case = self._case(request, case_id)
        shown = _shown(request)
        if len(shown) != 1:
            raise Http404("one line at a time")
        ((doubt_id, digest),) = shown.items()
        try:
            verb(case, request.user, doubt_id, digest)
        except errors.CaseError as error:
            return self._stay(request, case, error)
        messages.success(request, done)
        return HttpResponseRedirect(_address(case))

    def _stay(self, request: HttpRequest, case: Case, error: errors.CaseError) -> HttpResponse:
        if isinstance(error, errors.NotPermitted):
            raise PermissionDenied(str(error)) from error
        messages.error(request, str(error))
        return HttpResponseRedirect(_address(case))

    def _onwards(self, request: HttpRequest, case: Case | None) -> HttpResponse:
        following = cases.next_case(request.user, after=case)
        if following is not None:
            return HttpResponseRedirect(_address(following))
        messages.info(request, "Nothing else waits for you.")
        return HttpResponseRedirect(reverse("admin:reviewqueue_case_changelist"))


def _address(case: Case) -> str:
    return reverse("admin:reviewqueue_case_change", args=[case.pk])


def _doubts(case: Case) -> list[Doubt]:
    return [member.doubt for member in case.members.all()]


def _shown(request: HttpRequest) -> dict[int, str]:
    """What the form says was shown: doubt id -> digest."""
    pairs = [token.partition(":") for token in request.POST.getlist("shown")]
    numbers = [(_number(number), digest) for number, _, digest in pairs]
    return {number: digest for number, digest in numbers if number is not None}


def _number(text: str) -> int | None:
    """What a page may name a row by; None for anything else."""
    return int(text) if text.isdecimal() and len(text) < 19 else None


def _candidate(request: HttpRequest, case: Case) -> dict[str, str]:
    """The candidate whose radio was set, as the doubt holds it; {} when none was."""
    number, shown = _number(request.POST.get("candidate", "")), _shown(request)
    doubt = cases.live_members(case).filter(pk__in=shown).first()
    candidates = doubt.detail.get("candidates") or [] if doubt else []
    if number is None or number >= len(candidates):
        return {}
    return dict(candidates[number])


def _parameters(request: HttpRequest) -> dict[str, str]:
    """The correction form's inputs."""
    return {
        name.removeprefix("fix-"): str(value)
        for name, value in request.POST.items()
        if name.startswith("fix-")
    }


def _tell(request: HttpRequest, outcome: decide.Outcome) -> None:
    """At most three messages: done, already decided, refused."""
    if outcome.decided:
        who = ", ".join(
            dict.fromkeys(wording.person(one.doubt.task.account) for one in outcome.decided)
        )
        verb = outcome.decided[0].get_kind_display().capitalize()
        messages.success(request, f"{verb}: {who[:200]}.")
    if outcome.already:
        messages.warning(request, f"{len(outcome.already)} were decided already.")
    if outcome.refused:
        messages.error(request, " ".join(dict.fromkeys(outcome.refused)))
