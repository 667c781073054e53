"""A decision procedure of law: a rule table, evaluated on answers.

Rules, questions and duties are data (`law/*.toml`); this module is all the machinery there is.
An unknown answer never makes an outcome lighter: a conclusion that it could change stays open, and an
outcome with an open conclusion goes to a person.
"""

import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import date
from functools import cache, cached_property
from importlib.resources import files
from typing import Any

from aifactory.assurance.questions import Answers, Option, Question, Text
from aifactory.assurance.truth import Condition, Truth, holds, names
from aifactory.kit.errors import FieldError, Invalid

REVIEW = "needs_human_review"


@dataclass(frozen=True)
class Result:
    """One thing that the procedure can conclude; a heavier one has more weight."""

    id: str
    weight: int
    when: Condition
    title: Text
    meaning: Text


@dataclass(frozen=True)
class Rule:
    """One step of the reasoning: what is said where `when` holds, and (if it is worth saying) where not."""

    id: str
    step: str
    article: str
    when: Condition
    says: Text
    otherwise: Text | None
    applies_from: date | None


@dataclass(frozen=True)
class Duty:
    """What somebody must do, by which article and from which day. Not `certain`: an answer is still open."""

    id: str
    article: str
    applies_from: date
    text: Text
    certain: bool = True


@dataclass(frozen=True)
class Finding:
    """One step that was taken: `verdict` is yes, no or open; `open` names the questions that keep it so."""

    rule: str
    step: str
    article: str
    verdict: str
    sentence: Text
    applies_from: date | None
    open: tuple[str, ...] = ()


@dataclass(frozen=True)
class Gate:
    """A moment at which the same questions must be asked again."""

    id: str
    article: str
    text: Text


@dataclass(frozen=True)
class Outcome:
    """What the rules of `version` say about some answers on the day `as_of`.

    `codes` holds every conclusion, heaviest first; `later` the outcome once the thing leaves research.
    """

    procedure: str
    version: str
    as_of: date
    codes: tuple[str, ...]
    titles: tuple[Text, ...]
    meaning: Text
    path: tuple[Finding, ...]
    duties: tuple[Duty, ...]
    open: tuple[str, ...]
    re_ask_at: tuple[Gate, ...]
    later: "Outcome | None"

    @property
    def result(self) -> str:
        """The heaviest conclusion."""
        return self.codes[0]

    def summary(self) -> Text:
        """Say it in one line: what it is now and, where that differs, what it becomes."""
        now = Text("; ".join(t.en for t in self.titles), "; ".join(t.nl for t in self.titles))
        if self.later is None or self.later.codes == self.codes:
            return now
        then = self.later.summary()
        return Text(f"{now.en}. Once it leaves research: {then.en}", f"{now.nl}. Na het onderzoek: {then.nl}")

    def document(self) -> dict[str, Any]:
        """Return the outcome as JSON-plain data, dates as ISO 8601."""
        plain: dict[str, Any] = _plain(asdict(replace(self, later=None)))
        later = self.later.document() if self.later else None
        return plain | {"result": self.result, "summary": asdict(self.summary()), "later": later}


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value.isoformat() if isinstance(value, date) else value


@dataclass(frozen=True)
class Procedure:
    """The whole of one law as data; build it with `load`."""

    name: str
    version: str
    title: Text
    basis: str
    topics: dict[str, Text]
    questions: dict[str, Question]
    asked_when: dict[str, Condition]
    facts: dict[str, Condition]
    results: tuple[Result, ...]
    review: Result
    open_sentence: Text
    rules: tuple[Rule, ...]
    duties: tuple[tuple[Duty, Condition], ...]
    gates: tuple[tuple[Gate, Condition], ...]
    later: dict[str, Any]

    def check(self, answers: Answers) -> None:
        """Raise `Invalid`, naming every answer that fits no question or not its kind."""
        errors = [
            FieldError(key, "There is no such question.", "question")
            for key in answers.keys() - self.questions
        ]
        errors += [e for k, a in answers.items() if (q := self.questions.get(k)) and (e := q.mistake(a))]
        if errors:
            raise Invalid(sorted(errors, key=lambda e: e.field))

    def assess(self, answers: Answers, *, as_of: date) -> Outcome:
        """Conclude from `answers` on the day `as_of`. Raises `Invalid` on answers that fit no question."""
        self.check(answers)
        relevant = {q.id: answers[q.id] for q in self.asked(answers) if q.id in answers}
        later = {**relevant, **self.later}
        return self._conclude(
            relevant, as_of, self._conclude(later, as_of, None) if later != relevant else None
        )

    def asked(self, answers: Answers) -> list[Question]:
        """Return the questions that matter given `answers`, in order, answered or not.

        A question waits until those that decide on it have an answer; it falls away only where they say so
        for certain. An answer to a question that fell away counts no more.
        """
        asked: dict[str, Question] = {}
        reading = _Reading(self, {})
        for question in self.questions.values():
            condition = self.asked_when[question.id]
            truth = reading.holds(condition)
            undecided = reading.open(condition) & asked.keys() if truth is None else set()
            if truth or (undecided and undecided <= answers.keys()):
                asked[question.id] = question
                if question.id in answers:
                    reading.learn(question.id, answers[question.id])
        return list(asked.values())

    def next_questions(self, answers: Answers) -> list[Question]:
        """Return what to ask now: the unanswered questions of the first topic that has any."""
        todo = [q for q in self.asked(answers) if q.id not in answers]
        return [q for q in todo if q.topic == todo[0].topic]

    def complete(self, answers: Answers) -> bool:
        """Say whether every question that matters has an answer (`unknown` is one)."""
        return not self.next_questions(answers)

    def result(self, code: str) -> Result:
        """Return the result called `code`. Raises `KeyError`."""
        for result in (*self.results, self.review):
            if result.id == code:
                return result
        raise KeyError(f"{self.name} has no result {code!r}")

    def _conclude(self, answers: Answers, as_of: date, later: Outcome | None) -> Outcome:
        reading = _Reading(self, answers)
        truths = {result.id: reading.truth(result.id) for result in self.results}
        duties = _once(
            replace(duty, certain=truth is True)
            for duty, when in self.duties
            if (truth := reading.holds(when)) is not False
        )
        unsettled = None in truths.values() or not all(duty.certain for duty in duties)
        results = [self.review] if unsettled else []
        results += sorted((r for r in self.results if truths[r.id]), key=lambda r: -r.weight)
        path = tuple(finding for rule in self.rules if (finding := reading.finding(rule)))
        return Outcome(
            procedure=self.name,
            version=self.version,
            as_of=as_of,
            codes=tuple(r.id for r in results),
            titles=tuple(r.title.fill(reading.words) for r in results),
            meaning=results[0].meaning,
            path=path,
            duties=duties,
            open=tuple(dict.fromkeys(key for finding in path for key in finding.open)) if unsettled else (),
            re_ask_at=tuple(gate for gate, when in self.gates if reading.holds(when) is not False),
            later=later,
        )


class _Reading:
    """One set of answers read by one procedure; truths are worked out once."""

    def __init__(self, procedure: Procedure, answers: Answers) -> None:
        self.procedure = procedure
        self.answers = answers
        self._known: dict[str, Truth] = {}
        self._behind: dict[str, set[str]] = {}
        self._conditions = procedure.facts | {r.id: r.when for r in procedure.results}

    def learn(self, question: str, answer: Any) -> None:
        """Add an answer: what was certain stays so, what was unknown is worked out anew."""
        self.answers = {**self.answers, question: answer}
        self._known = {name: truth for name, truth in self._known.items() if truth is not None}
        self._behind = {}

    def truth(self, name: str) -> Truth:
        if name not in self._known:
            self._known[name] = self._look_up(name)
        return self._known[name]

    def _look_up(self, name: str) -> Truth:
        if name in self._conditions:
            return holds(self._conditions[name], self.truth)
        question, sign, value = _atom(name)
        return self.procedure.questions[question].truth(sign, value, self.answers.get(question))

    def holds(self, condition: Condition) -> Truth:
        return holds(condition, self.truth)

    def finding(self, rule: Rule) -> Finding | None:
        truth = self.holds(rule.when)
        says = {True: rule.says, False: rule.otherwise, None: self.procedure.open_sentence}[truth]
        if says is None:
            return None
        verdict = {True: "yes", False: "no", None: "open"}[truth]
        unknown = tuple(sorted(self.open(rule.when))) if truth is None else ()
        sentence = says.fill(self.words)
        return Finding(rule.id, rule.step, rule.article, verdict, sentence, rule.applies_from, unknown)

    def open(self, condition: Condition) -> set[str]:
        """Return the unanswered questions behind the parts of `condition` that are not known."""
        return {question for name in names(condition) for question in self._open_behind(name)}

    def _open_behind(self, name: str) -> set[str]:
        if self.truth(name) is not None:
            return set()
        if name not in self._behind:
            inner = self._conditions.get(name)
            self._behind[name] = {_atom(name)[0]} if inner is None else self.open(inner)
        return self._behind[name]

    @cached_property
    def words(self) -> dict[str, Text]:
        """Return the label chosen in each question, for the sentences; three dots where there is none."""
        blank = Text("…", "…")
        return {q.id: q.label(self.answers.get(q.id)) or blank for q in self.procedure.questions.values()}


def _atom(name: str) -> tuple[str, str, str]:
    for sign in ("=", ">"):
        question, found, value = name.partition(sign)
        if found:
            return question, sign, value
    return name, "", ""


def _text(raw: Mapping[str, str]) -> Text:
    return Text(en=raw["en"], nl=raw["nl"])


def _question(raw: Mapping[str, Any]) -> Question:
    return Question(
        id=raw["id"],
        topic=raw["topic"],
        article=raw["article"],
        kind=raw.get("kind", "yes_no"),
        text=_text(raw["text"]),
        help=_text(raw["help"]),
        options=tuple(Option(o["id"], _text(o)) for o in raw.get("options", ())),
    )


def _duties(raw: Mapping[str, Any], dates: Mapping[str, date]) -> Iterator[tuple[Duty, Condition]]:
    """Give the duty once, or once for each conclusion that `from` dates: `{conclusion = "date"}`."""
    start, text = raw["from"], _text(raw)
    if isinstance(start, str):
        yield Duty(raw["id"], raw["article"], dates[start], text), raw["when"]
        return
    for conclusion, day in start.items():
        yield Duty(raw["id"], raw["article"], dates[day], text), {"all": [conclusion, raw["when"]]}


def _once(duties: Iterable[Duty]) -> tuple[Duty, ...]:
    """Keep each duty once, in order of its first day: a certain one before an open one, then the earliest."""
    kept: dict[str, Duty] = {}
    for duty in sorted(duties, key=lambda d: (not d.certain, d.applies_from)):
        kept.setdefault(duty.id, duty)
    return tuple(sorted(kept.values(), key=lambda d: d.applies_from))


def _verify(procedure: Procedure) -> Procedure:
    """Refuse a table that names what does not exist, so that a slip of the pen is found at start-up."""
    known = procedure.questions | procedure.facts | {r.id: r for r in procedure.results}
    conditions = [
        *procedure.asked_when.values(),
        *procedure.facts.values(),
        *(r.when for r in procedure.results),
    ]
    conditions += [r.when for r in procedure.rules] + [
        when for _, when in (*procedure.duties, *procedure.gates)
    ]
    for name in (name for condition in conditions for name in names(condition)):
        question, sign, value = _atom(name)
        if question not in known:
            raise ValueError(f"{procedure.name}: {name!r} names neither a question nor a fact.")
        options = getattr(known[question], "options", ())
        if sign == "=" and value not in {o.id for o in options}:
            raise ValueError(f"{procedure.name}: {question!r} has no option {value!r}.")
    return procedure


@cache
def load(name: str) -> Procedure:
    """Read the law called `name` from its table. Raises `ValueError` where the table contradicts itself."""
    raw = tomllib.loads((files("aifactory.assurance") / "law" / f"{name}.toml").read_text("utf-8"))
    dates: dict[str, date] = raw["dates"]
    results = tuple(
        Result(r["id"], r["weight"], r.get("when", {"any": []}), _text(r["title"]), _text(r["meaning"]))
        for r in raw["result"]
    )
    rules = tuple(
        Rule(
            r["id"], r["step"], r["article"], r["when"], _text(r["says"]),
            _text(r["otherwise"]) if "otherwise" in r else None,
            dates[r["from"]] if "from" in r else None,
        )
        for r in raw["rule"]
    )  # fmt: skip
    return _verify(
        Procedure(
            name=name,
            version=raw["version"],
            title=_text(raw["title"]),
            basis=raw["basis"],
            topics={t["id"]: _text(t) for t in raw["topic"]},
            questions={q["id"]: _question(q) for q in raw["question"]},
            asked_when={q["id"]: q.get("ask", {"all": []}) for q in raw["question"]},
            facts=raw.get("facts", {}),
            results=tuple(r for r in results if r.id != REVIEW),
            review=next(r for r in results if r.id == REVIEW),
            open_sentence=_text(raw["open"]),
            rules=rules,
            duties=tuple(row for d in raw.get("duty", ()) for row in _duties(d, dates)),
            gates=tuple((Gate(g["id"], g["article"], _text(g)), g["when"]) for g in raw.get("gate", ())),
            later=raw.get("later", {}),
        )
    )
