"""Pages of the secure environment: code that goes in by review, results that come out by a check."""

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from aifactory.datasets.models import Agreement
from aifactory.people.rules import find, require
from aifactory.supercomputer.models import Attempt
from aifactory.supercomputer.secure import actions, queries
from aifactory.supercomputer.secure.models import CodeReview, OutputFile, Release
from aifactory.supercomputer.secure.permissions import Permission
from aifactory.supercomputer.sending import sent
from aifactory.supercomputer.uploads.models import Upload
from aifactory.web.forms import carried_out
from aifactory.web.paging import page
from aifactory.web.visitor import person

MOST_CHOICES = 50
#: bytes of a file of code that a page shows
SHOWN = 200_000


class CodeForm(forms.Form):
    """Which files, and what they do."""

    upload = forms.ChoiceField(label=gettext_lazy("Files that you brought along"))
    explanation = forms.CharField(
        label=gettext_lazy("What does the code do, and what does it write?"),
        widget=forms.Textarea,
        max_length=2_000,
        help_text=gettext_lazy("A steward of the holder reads this, and then every line of the files."),
    )

    def __init__(self, uploads: Any, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["upload"].choices = [(one.pk, one.title) for one in uploads]  # type: ignore[attr-defined]


class ReleaseForm(forms.Form):
    """Which files, and why they can leave."""

    paths = forms.CharField(
        label=gettext_lazy("Names of the files"),
        widget=forms.Textarea,
        max_length=20_000,
        help_text=gettext_lazy(
            "One on each line, as your code writes them. log.txt is what the job printed. You don't see a list: "
            "also the names could tell something about the data."
        ),
    )
    reason = forms.CharField(
        label=gettext_lazy("Why can they leave?"),
        widget=forms.Textarea,
        max_length=2_000,
        help_text=gettext_lazy(
            "What is in them, and how you made sure that nobody can be recognised in it. The checker reads this."
        ),
    )


@login_required
def secure(request: HttpRequest) -> HttpResponse:
    """What waits for this person's review or check, and every request that this person may see."""
    user = person(request)
    rows, following = page(request, queries.releases(user))
    context = {
        "code": queries.code_to_review(user)[:MOST_CHOICES] if user.may(Permission.REVIEW) else [],
        "files": queries.files_to_check(user)[:MOST_CHOICES] if user.may(Permission.CHECK) else [],
        "releases": rows,
        "next": following,
    }
    return render(request, "secure/desk.html", context)


@login_required
def code_reviews(request: HttpRequest, agreement_id: str) -> HttpResponse:
    """The code that was reviewed under an agreement, and a form to ask for more."""
    agreement, user = find(Agreement, agreement_id, request.user), person(request)
    uploads = Upload.objects.filter(project=agreement.project).order_by("-pk")[:MOST_CHOICES]
    may_ask = user.pk in agreement.named
    form = CodeForm(uploads, request.POST or None)
    if request.method == "POST":
        made = carried_out(
            form,
            lambda: actions.ask_review(
                agreement,
                find(Upload, form.cleaned_data["upload"], user),
                by=user,
                explanation=form.cleaned_data["explanation"],
            ),
        )
        if made:
            messages.success(request, _("The holder reads your code. You hear what they decide."))
            return redirect("code_review", made.pk)
    rows = queries.reviews(user).filter(agreement=agreement)
    context = {"agreement": agreement, "reviews": rows, "form": form, "may_ask": may_ask}
    return render(request, "secure/code_reviews.html", context)


@login_required
def code_review(request: HttpRequest, code_review_id: str) -> HttpResponse:
    """One review: what it is about and how it was decided; for the holder's stewards the code itself."""
    found, user = find(CodeReview, code_review_id, request.user), person(request)
    if request.method == "POST":
        done = actions.decide_review(
            found, request.POST.get("step", ""), by=user, reason=request.POST.get("reason", "")
        )
        messages.success(
            request, _("Your decision is kept: %(state)s.") % {"state": done.get_state_display()}
        )
        return redirect("code_review", found.pk)
    reads = user.may(Permission.REVIEW, found)
    context = {
        "review": found,
        "agreement": found.agreement,
        "reads": reads,
        "texts": _texts(found, request) if reads else [],
    }
    return render(request, "secure/code_review.html", context)


def _texts(review: CodeReview, request: HttpRequest) -> list[dict[str, Any]]:
    """Return every file as text for the page, as far as it can be shown."""
    texts = []
    for file in review.upload.files:
        said = ""
        if file["size"] <= SHOWN:
            content = b"".join(actions.read_code(review, file["path"], by=person(request)).chunks)
            said = content.decode(errors="replace").replace("\0", "\N{REPLACEMENT CHARACTER}")
        texts.append({**file, "text": said})
    return texts


@login_required
def code_file(request: HttpRequest, code_review_id: str, path: str) -> StreamingHttpResponse:
    """Download a file under review."""
    return sent(actions.read_code(find(CodeReview, code_review_id, request.user), path, by=person(request)))


@login_required
def ask_release(request: HttpRequest, attempt_id: str) -> HttpResponse:
    """Ask to take results of a run out."""
    attempt, user = find(Attempt, attempt_id, request.user), person(request)
    kept = queries.kept_of(attempt)
    require(user, Permission.ASK, kept)
    names = "\n".join(queries.names_to_expect(attempt.job))
    form = ReleaseForm(request.POST or None, initial={"paths": names})
    if request.method == "POST":
        made = carried_out(
            form,
            lambda: actions.ask_release(
                kept,
                form.cleaned_data["paths"].splitlines(),
                by=user,
                reason=form.cleaned_data["reason"],
            ),
        )
        if made:
            messages.success(request, _("The holder checks these files. You hear what they decide."))
            return redirect("release", made.pk)
    return render(request, "secure/ask_release.html", {"attempt": attempt, "job": attempt.job, "form": form})


@login_required
def release(request: HttpRequest, release_id: str) -> HttpResponse:
    """One request: each file with its decision; for checkers with what the rules saw."""
    found, user = find(Release, release_id, request.user), person(request)
    files = list(found.files.select_related("first_checker", "checker").order_by("pk"))
    checks = user.may(Permission.CHECK, found)
    context = {
        "release": found,
        "kept": found.withheld,
        "job": found.withheld.attempt.job,
        "files": files,
        "checks": checks,
        "asks": user.may(Permission.ASK, found),
        "me": user.pk,
    }
    return render(request, "secure/release.html", context)


@login_required
@require_POST
def decide_output(request: HttpRequest, output_id: str) -> HttpResponse:
    """Decide on one file, or ask for it no more."""
    file = find(OutputFile, output_id, request.user)
    done = actions.decide_file(
        file, request.POST.get("step", ""), by=person(request), reason=request.POST.get("reason", "")
    )
    told = _("%(name)s: %(state)s.") % {"name": done.path, "state": done.get_state_display()}
    messages.success(request, told)
    return redirect("release", done.release_id)


@login_required
def output_content(request: HttpRequest, output_id: str) -> StreamingHttpResponse:
    """Download a file that waits for a check."""
    return sent(actions.look(find(OutputFile, output_id, request.user), by=person(request)))


urlpatterns = [
    path("secure/", secure, name="secure"),
    path("secure/agreements/<agreement_id>/code/", code_reviews, name="code_reviews"),
    path("code-reviews/<code_review_id>/", code_review, name="code_review"),
    path("code-reviews/<code_review_id>/files/<path:path>", code_file, name="code_file"),
    path("attempts/<attempt_id>/release/", ask_release, name="ask_release"),
    path("releases/<release_id>/", release, name="release"),
    path("output-files/<output_id>/", decide_output, name="decide_output"),
    path("output-files/<output_id>/content/", output_content, name="output_content"),
]
