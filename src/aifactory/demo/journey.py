"""One application walks through the whole factory. Each method is a chapter; each step truly happens or ends the demo."""

import re
import subprocess
import tempfile
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

from aifactory.access import actions as access
from aifactory.access import modes
from aifactory.access.models import Application, Call
from aifactory.agent.environments import Environments
from aifactory.assurance import actions as assurance
from aifactory.assurance.laws import law
from aifactory.awards.models import Project
from aifactory.datasets import actions as datasets
from aifactory.datasets import agreeing
from aifactory.datasets.models import DatasetVersion, Offer
from aifactory.demo.cast import Cast
from aifactory.demo.examples import Example, Source
from aifactory.demo.narrator import Narrator
from aifactory.demo.paper import one_page_pdf
from aifactory.demo.running import Browser, CommandLine, DemoFailed
from aifactory.kit import clock
from aifactory.kit.bilingual import Text
from aifactory.kit.errors import Refused
from aifactory.kit.units import Resource, human
from aifactory.people import actions as people
from aifactory.people.actors import INSTALLER
from aifactory.people.terms import queries as terms
from aifactory.people.terms.actions import accept
from aifactory.supercomputer import actions as supercomputer
from aifactory.supercomputer import recipes
from aifactory.supercomputer.models import Job


class Journey:
    """The state of one walk: who plays, on which example, and what was made so far."""

    application: Application
    call: Call
    project: Project
    job: Job

    def __init__(self, example: Example, cast: Cast, narrator: Narrator, environments: Environments) -> None:
        self.example, self.cast, self.n, self.environments = example, cast, narrator, environments
        self.versions: dict[str, DatasetVersion] = {}
        self.offers: dict[str, Offer] = {}

    def expect_refusal(self, who: str, what: str, *, because: str, act: Callable[[], object]) -> None:
        """Do something that must be refused for this reason, and tell the sentence that came back."""
        with self.n.step(who, what) as step:
            try:
                act()
            except Refused as refusal:
                if because in str(refusal):
                    step.say(f"refused: {refusal}")
                    return
                raise
            raise DemoFailed(f"{who} {what}: it should have been refused.")

    # ---- reliable datasets ---------------------------------------------------------------------------------

    def publish_data(self) -> None:
        """The data steward publishes real tables."""
        self.n.chapter("Reliable datasets")
        with tempfile.TemporaryDirectory() as folder:
            with self.n.step("The recipe's own environment", "is built from its lock file") as step:
                environment = self.environments.ready(recipes.find(self.example.recipe).folder)
                if any(source.path is None for source in self.example.sources.values()):
                    self._export(environment, Path(folder))
                    step.say("scikit-learn in it exported its real tables")
            for role, source in self.example.sources.items():
                self._publish(role, source, source.path or Path(folder) / source.file)

    def _export(self, environment: Path, folder: Path) -> None:
        script = Path(__file__).with_name("export_sklearn.py")
        subprocess.run(
            [str(environment / "bin" / "python"), str(script), str(folder)], check=True, capture_output=True
        )

    def _publish(self, role: str, source: Source, path: Path) -> None:
        steward = self.cast["steward"]
        with self.n.step(steward.name, f"describes a dataset and uploads {source.file}") as step:
            dataset = step.made(
                datasets.describe(by=steward, holder=self.cast.organisations["hospital"], **source.dataset)
            )
            version = datasets.new_version(dataset, by=steward)
            with path.open("rb") as file:
                datasets.add_file(
                    version, iter(lambda: file.read(1 << 20), b""), by=steward, name=source.file
                )
            version.refresh_from_db()
            step.say(f"{path.stat().st_size:,} bytes")
        with self.n.step(steward.name, "has it inspected and publishes it") as step:
            datasets.inspect_version(version, by=steward)
            self.versions[role] = step.made(datasets.publish_version(version, by=steward))
            datasets.publish_dataset(dataset, by=steward)
            report = (version.report or {})["files"][0]["table"]
            step.say(
                f"inspection: {report['rows']} rows, {len(report['columns'])} columns, digest {version.digest[:23]}…"
            )
        with self.n.step(steward.name, "offers it under terms that a machine enforces (ODRL)") as step:
            offer = datasets.make_offer(
                dataset, by=steward, terms=source.terms, self_service=source.self_service
            )
            self.offers[role] = step.made(offer)

    # ---- fair access ---------------------------------------------------------------------------------------

    def open_call(self) -> None:
        """The office opens a call under a published mode."""
        office = self.cast["office"]
        self.n.chapter("Fair access")
        with self.n.step(office.name, "opens a call under the mode regional-v1") as step:
            now = clock.now()
            self.call = access.prepare_call(
                mode=modes.named("regional-v1"),
                title=Text(en="Regional access, first round", nl="Regionale toegang, eerste ronde"),
                opens_at=now,
                cut_off_at=now + timedelta(days=14),
                by=office,
            )
            step.made(access.open_call(self.call, by=office))

    def apply(self) -> None:
        """The start-up applies: drafted, checked, submitted, and fixed from then on."""
        example, noor = self.example, self.cast["applicant"]
        with self.n.step(noor.name, "drafts an application") as step:
            startup = self.cast.organisations["startup"]
            self.application = step.made(
                access.start(self.call, organisation=startup, title=example.title, by=noor)
            )
        self.accept_terms()
        self.expect_refusal(
            noor.name,
            "tries to submit it empty",
            because="Answer this question",
            act=lambda: access.submit(self.application, by=noor),
        )
        with self.n.step(noor.name, "answers the form and attaches a work plan") as step:
            access.save(
                self.application,
                example.answers,
                by=noor,
                datasets=[version.dataset_id for version in self.versions.values()],
                purpose=example.purpose,
            )
            with tempfile.NamedTemporaryFile(suffix=".pdf") as plan:
                plan.write(one_page_pdf(f"Work plan: {example.title}"))
                plan.flush()
                access.attach(
                    self.application,
                    "work_plan",
                    path=Path(plan.name),
                    name="work-plan.pdf",
                    media_type="application/pdf",
                    by=noor,
                )
        self._answer_the_law()
        with self.n.step(noor.name, "submits the application") as step:
            step.made(access.submit(self.application, by=noor))
            step.say(
                f"reference {self.application.reference}, decision due by {self.application.due_at:%Y-%m-%d}"
            )
        self.expect_refusal(
            noor.name,
            "tries to change it afterwards",
            because="can't be changed any more",
            act=lambda: access.save(self.application, {"need": "More!"}, by=noor),
        )

    def accept_terms(self) -> None:
        """Nothing new begins before somebody who may sign for the start-up has accepted the terms."""
        noor, startup = self.cast["applicant"], self.cast.organisations["startup"]
        self.expect_refusal(
            noor.name,
            "tries to submit before the terms are accepted",
            because="has not accepted these terms yet",
            act=lambda: access.submit(self.application, by=noor),
        )
        for text in terms.in_force():
            with self.n.step(noor.name, f"reads and accepts for the start-up: {text.title.en}") as step:
                step.made(accept(startup, text.id, by=noor, digest=text.digest))

    def _answer_the_law(self) -> None:
        noor = self.cast["applicant"]
        for kind, answers in (("ai_act", self.example.ai_act), ("gdpr", self.example.gdpr)):
            with self.n.step(noor.name, f"answers the questions of the {law(kind).title.en}") as step:
                given = asked_of(kind, answers)
                found = assurance.answer(subject=self.application.thing, kind=kind, answers=given, by=noor)
                step.made(found)
                later = f"; later: {found.later_result}" if found.later_result else ""
                step.say(f"today: {found.result}{later} (rules of {found.rule_version})")

    def screen_and_review(self) -> None:
        """Rules judge eligibility; two reviewers without conflict give scores and reasons."""
        office = self.cast["office"]
        with self.n.step(
            office.name, "confirms what the law says, and has the eligibility rules judged"
        ) as step:
            from aifactory.assurance.queries import of

            for assessment in of(self.application.thing).values():
                assurance.confirm(
                    assessment, ground="Development with safeguards; asked again before any pilot.", by=office
                )
            kept = step.made(access.judge_eligibility(self.application, by=office))
            for verdict in kept.verdicts:
                step.say(f"{'passes' if verdict['passed'] else 'FAILS'}: {verdict['text']['en']}")
        self.expect_refusal(
            office.name,
            "tries to ask a reviewer of the same organisation",
            because="Works for the organisation that applies",
            act=lambda: access.assign_reviewers(
                self.application, reviewers=[self.cast["colleague"]], by=office
            ),
        )
        with self.n.step(office.name, "asks two reviewers without a conflict") as step:
            reviews = access.assign_reviewers(self.application, by=office)
            step.say(", ".join(review.reviewer.name for review in reviews))
        for review, scores in zip(reviews, ((4, 4, 4), (5, 4, 3)), strict=True):
            self._review(review, scores)

    def _review(self, review: Any, scores: tuple[int, ...]) -> None:
        criteria = review.application.call.mode.reviewing.criteria
        with self.n.step(review.reviewer.name, "gives scores and reasons") as step:
            given = {criterion.id: score for criterion, score in zip(criteria, scores, strict=True)}
            reasons = {
                "value": "A clear gain for pathologists and patients, with a measure that can fail.",
                "approach": "Nested cross-validation, a test set kept apart, and a simple model to beat.",
                "feasibility": "Small data, two cores, people who have done it before.",
            }
            access.state_free(review, by=review.reviewer)
            step.made(access.submit_review(review, scores=given, reasons=reasons, by=review.reviewer))
            step.say(", ".join(f"{name} {score}" for name, score in given.items()))

    def decide(self) -> None:
        """A named, mandated person decides; the letter quotes scores and rules; the award opens a project."""
        director, clerk = self.cast["director"], self.cast["clerk"]
        self.application.refresh_from_db()
        asked = dict(self.application.requested)
        self.expect_refusal(
            clerk.name,
            "tries to decide without a mandate",
            because="no mandate",
            act=lambda: access.decide(self.application, awarded=asked, reasons="Yes.", by=clerk),
        )
        with self.n.step("The board", f"gives {director.name} the mandate to decide for a year") as step:
            step.made(
                people.give_mandate(
                    director,
                    by=INSTALLER,
                    subject="application:decide",
                    holder_title="Director of access",
                    ceiling_gpu_seconds=20_000 * 3600,
                    ceiling_core_seconds=100_000 * 3600,
                    valid_until=clock.now() + timedelta(days=365),
                    basis="Decision of the board, example",
                )
            )
        with self.n.step(director.name, "decides, with reasons") as step:
            decision = access.decide(
                self.application,
                awarded=asked,
                reasons="Both reviewers find the value clear and the approach sound. The amounts are small and explained.",
                by=director,
            )
            step.made(decision)
            for section in decision.letter_sections()[:3]:
                step.say(_line(section))
        with self.n.step("The factory", "opens the project with its award") as step:
            self.project = step.made(Project.objects.get(application=self.application.pk))
            step.say(f"{', '.join(self.award_in_words())}, until {self.project.ends_at:%Y-%m-%d}")
            for version in self.versions.values():
                step.say(f"dataset permit: may ask for {version.dataset.title}, for {self.example.purpose}")

    def award_in_words(self) -> list[str]:
        """Return the lines of the award, none of a resource said as 0."""
        lines = {line.resource: line.amount for line in self.project.lines.all()}
        return [human(resource, lines.get(resource.value, 0)) for resource in Resource]

    # ---- agreement -----------------------------------------------------------------------------------------

    def agree(self) -> None:
        """Both sides sign for one purpose, one project, one version."""
        for role in self.versions:
            self._agree(role, self.example.sources[role])

    def _agree(self, role: str, source: Source) -> None:
        noor, steward, version = self.cast["applicant"], self.cast["steward"], self.versions[role]
        with self.n.step(noor.name, f"asks to use {version.dataset.title} for the stated purpose") as step:
            agreement = step.made(
                agreeing.request_agreement(
                    self.offers[role], by=noor, version=version, project=self.project, purpose=self.example.purpose,
                    explanation=self.example.answers["need"],
                )
            )  # fmt: skip
        if not source.self_service:
            with self.n.step(steward.name, "agrees and signs for the hospital"):
                agreeing.decide_request(agreement, by=steward, agree=True)
        agreement.refresh_from_db()
        with self.n.step(noor.name, "signs for the start-up: the agreement is in force") as step:
            step.made(agreeing.conclude(agreement, by=noor))
            step.say(f"until {agreement.valid_until:%Y-%m-%d}, digest {agreement.digest[:23]}…")

    # ---- the supercomputer ---------------------------------------------------------------------------------

    def inputs(self) -> dict[str, str]:
        """Return the recipe's inputs as ids by role."""
        return {role: version.pk for role, version in self.versions.items()}

    def words(self, **extra: str) -> list[str]:
        """Return the words of `aifactory jobs submit` for this example."""
        options = {
            "project": self.project.pk,
            "minutes": str(self.example.minutes),
        } | extra
        words = ["jobs", "submit", self.example.recipe]
        for name, value in options.items():
            words += [f"--{name}", value]
        for role, version in self.inputs().items():
            words += ["--input", f"{role}={version}"]
        for name, value in self.example.parameters.items():
            words += ["--parameter", f"{name}={value}"]
        return words

    def refuse_without_agreement(self, terminal: CommandLine) -> None:
        """No agreement, no data."""
        self.n.chapter("The supercomputer")
        with self.n.step(
            self.cast["applicant"].name, "submits the job before there is an agreement (CLI)"
        ) as step:
            step.say(f"refused: {terminal.refused(*self.words(), because='no agreement')}")

    def refuse_over_budget_and_after_the_end(self, terminal: CommandLine) -> None:
        """No budget, no run; no award any more, no run."""
        noor = self.cast["applicant"]
        with self.n.step(noor.name, "asks for a minute more than the award holds (CLI)") as step:
            minutes = self.project.lines.get(resource="core").amount // 60 + 1
            cores = -(-minutes // 1440)  # a job runs for a day at most, so the hours are spread over cores
            step.say(
                "refused: "
                + terminal.refused(
                    *self.words(minutes=str(-(-minutes // cores)), cores=str(cores)),
                    because="is left of the award",
                )
            )
        after = self.project.ends_at + timedelta(days=1)

        def late() -> None:
            with clock.frozen(after):
                supercomputer.submit(
                    self.project,
                    by=noor,
                    recipe=self.example.recipe,
                    inputs=self.inputs(),
                    parameters=self.example.parameters,
                )

        self.expect_refusal(
            noor.name,
            f"submits after the end of the award (clock at {after:%Y-%m-%d})",
            because="expired",
            act=late,
        )

    def run_job(self, terminal: CommandLine, browser: Browser) -> None:
        """Planned at a green hour, started now by the applicant, run behind walls, metered and billed."""
        noor = self.cast["applicant"]
        with self.n.step(noor.name, "submits the job with a day to spare (CLI)") as step:
            deadline = clock.stamp(clock.now() + timedelta(hours=30))
            found = terminal.call(*self.words(deadline=deadline, title=self.example.title))
            self.job = step.made(Job.objects.get(pk=found["id"]))
            plan = self.job.plan
            step.say(f"planned for {self.job.planned_start:%a %H:%M} UTC ({plan['reason']})")
            step.say(f"carbon signal: {plan['signal']['source']}")
        with self.n.step(noor.name, "chooses 'start now instead' (web)") as step:
            browser.press(f"/jobs/{self.job.pk}/", f"/jobs/{self.job.pk}/start/")
            saving, percent = plan["saving_grams"], plan["saving_percent"]
            step.say(
                f"waiting was expected to save {saving:.2f} g CO2eq ({percent:.0f} %) of at most {plan['now_grams']['value']:.2f} g"
            )
        with self.n.step(
            "The local engine",
            "runs it as an unprivileged user without network, seeing only what was granted",
        ) as step:
            self._wait(terminal)
            attempt = step.made(self.job.attempts.get())
            step.say(
                f"attempt {attempt.name}: {attempt.state}, {len(attempt.outputs)} results, in {attempt.usage.wall_seconds:.0f} s"
            )
        with self.n.step("The meter", "writes down what it used") as step:
            used = step.made(attempt.usage)
            step.say(f"{human('core', used.core_seconds)}, {human('gpu', used.gpu_seconds)}")
            step.say(f"{used.kwh:.5f} kWh ({used.kwh_low:.5f}-{used.kwh_high:.5f}); {used.method}")
            step.say(f"{used.grams:.3f} gCO2eq ({used.grams_low:.3f}-{used.grams_high:.3f}); {used.signal}")
            line = self.project.lines.get(resource="core")
            step.say(f"budget: {human('core', line.drawn)} drawn, {human('core', line.left)} left")

    def _wait(self, terminal: CommandLine) -> None:
        with suppress(DemoFailed):  # `wait` exits 1 when the job did not succeed; the job itself says why
            terminal.call("jobs", "wait", self.job.pk, "--seconds", "900")
        self.job.refresh_from_db()
        if self.job.state != "succeeded":
            log = self.job.attempts.latest("number").log
            raise DemoFailed(f"The job is {self.job.state}: {self.job.reason}\n{log[-2000:]}")

    def plan_another(self, browser: Browser) -> None:
        """A second, small job stays planned, for whoever looks at the factory afterwards."""
        with self.n.step(
            self.cast["applicant"].name, "plans a second, small job for a green hour (web)"
        ) as step:
            address = f"/projects/{self.project.pk}/jobs/new/{self.example.recipe}/"
            deadline = clock.now() + timedelta(hours=40)
            fields = {
                f"parameters.{n}": str(v)
                for n, v in recipes.find(self.example.recipe).checked(dict(self.example.parameters)).items()
            }
            answer = browser.submit(
                address, title="Once more, at a green hour", cores="1", minutes="5", deadline=f"{deadline:%Y-%m-%dT%H:%M}",
                **{f"inputs.{role}": version for role, version in self.inputs().items()}, **fields,
            )  # fmt: skip
            made = re.search(r"/jobs/(job_\w+)/", str(answer.url))
            if made is None:
                raise DemoFailed(f"The page did not plan the job: {answer.url}")
            job = Job.objects.get(pk=step.made(made[1]))
            step.say(f"{job.get_state_display()} for {job.planned_start:%a %H:%M} UTC")


def asked_of(kind: str, answers: dict[str, Any]) -> dict[str, Any]:
    """Return those answers that the law's procedure asks for. Raises `DemoFailed` where one is missing."""
    procedure = law(kind)
    given: dict[str, Any] = {}
    while questions := procedure.next_questions(given):
        for question in questions:
            if answers.get(question.id) is None:
                raise DemoFailed(f"The example has no answer to {kind}:{question.id}.")
            given[question.id] = answers[question.id]
    return given


def _line(section: dict[str, Any]) -> str:
    """Return a section of the letter in one line."""
    text = " ".join([f"{section['heading']}:", *section["paragraphs"], *section["items"]])
    return text if len(text) < 240 else text[:237] + "…"
