"""The report of a sweep over learning rates: its curves, its tables, and the runs one by one, which `runs` tells."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from symprop.document.blocks import Block, Document, Heading, Paragraph, Picture, Table
from symprop.document.runs import run_blocks
from symprop.document.swept import Swept, number
from symprop.notation.formula import Product, Symbol
from symprop.prose.text import Math, Text, as_words
from symprop.training.account import Account
from symprop.training.compared import milestones
from symprop.training.curvature import MOST_PRODUCTS

MOST_TOLD = 12  # runs that are told one by one
DASH: Text = ("–",)


def report(swept: Swept) -> Document:
    """The whole report."""
    title = as_words(swept.say("report.title", name=swept.title))
    return Document(title, swept.view.names, tuple(_blocks(swept)), language=swept.language)


def _blocks(swept: Swept) -> Iterator[Block]:
    yield Paragraph(_opening(swept))
    runs = swept.prose.enumerated([_short(swept, account) for account in swept.accounts[:MOST_TOLD]])
    yield Picture("curves", as_words(swept.say("report.curves", runs=runs)), swept.curves)
    yield Paragraph(swept.say("report.compared"))
    yield _losses(swept)
    yield from _limit(swept)
    told = _told(swept.accounts)
    if len(told) < len(swept.accounts):
        yield Paragraph(swept.say("report.some", told=len(told), all=len(swept.accounts)))
    for account in told:
        yield from run_blocks(swept, account)


def _opening(swept: Swept) -> Text:
    plain = swept.say("report.descent") if swept.is_plain else _optimizer(swept)
    updates = swept.prose.counted("report.updates", swept.updates, number=f"{swept.updates:,}")
    if not swept.of_one_seed:
        return swept.say("report.trained_by_seed", name=swept.title, updates=updates, optimizer=plain)
    loss, first = Math(Symbol(swept.view.derivation.forward.loss)), number(swept.accounts[0].run.losses[0])
    return swept.say("report.trained", name=swept.title, updates=updates, optimizer=plain, loss=loss, first=first)


def _optimizer(swept: Swept) -> Text:
    """What the updates are made by, where it is not gradient descent alone, with the settings that are not the usual ones."""
    rule = swept.settings.update
    settings = [f"{name} = {value:g}" for name, value in rule.settings.items()]
    plan = [] if rule.plan.name == "constant" else [rule.plan.name]
    return (", ".join([rule.rule.name, *plan, *settings]),)


def _short(swept: Swept, account: Account) -> Text:
    return (f"{account.run.learning_rate:g} {swept.prose.word(str(account.run.verdict))}",)


def _losses(swept: Swept) -> Table:
    """The loss of each run after 1, 10, 100 … updates, and its verdict."""
    shown = milestones(swept.updates)
    after = [swept.say("report.after", update=f"{update:,}") for update in shown[1:]]
    header = (*_name_header(swept), swept.say("report.before"), *after, swept.say("report.verdict"))
    rows = []
    for account in swept.accounts:
        losses = account.run.losses
        cells: list[Text] = [(number(losses[update]),) if update < len(losses) else DASH for update in shown]
        rows.append((*_name(swept, account), *cells, (swept.prose.word(str(account.run.verdict)),)))
    return Table(header, tuple(rows), (*(True for _ in header[1:]), False))


def _name_header(swept: Swept) -> tuple[Text, ...]:
    rate = swept.say("report.rate")
    return (rate,) if swept.of_one_seed else (rate, swept.say("report.seed"))


def _name(swept: Swept, account: Account) -> tuple[Text, ...]:
    rate: Text = (f"{account.run.learning_rate:g}",)
    return (rate,) if swept.of_one_seed else (rate, (str(account.run.seed),))


def _limit(swept: Swept) -> Iterator[Block]:
    """The limit of gradient descent, beside what each run met."""
    if not any(account.trace.norms for account in swept.accounts):
        return
    yield Heading(2, swept.say("report.limit"))
    if not swept.is_plain:
        yield Paragraph(swept.say("report.limit_of_others", optimizer=_optimizer(swept)))
    elif not any(account.limits for account in swept.accounts):
        yield Paragraph(swept.say("report.limit_costly"))
    else:
        yield from _limits(swept)


def _limits(swept: Swept) -> Iterator[Block]:
    letters = swept.letters
    yield Paragraph(
        swept.say(
            "report.limit_why",
            eigen=Math(letters.eigen),
            largest=Math(letters.largest),
            factor=Math(letters.shrunk(letters.eigen)),
            bound=Math(Product((letters.rate, letters.eigen))),
        )
    )
    keys = ("report.bound_start", "report.bound_most", "report.bound_end")
    header = (*_name_header(swept), *(swept.say(key, bound=letters.bound) for key in keys))
    rows = []
    for account in swept.accounts:
        limits = [limit for _, limit in account.limits]
        found = (limits[0], max(limits), limits[-1]) if limits else ()
        cells: list[Text] = [(number(limit, 3),) for limit in found] or [DASH] * 3
        rows.append((*_name(swept, account), *cells))
    yield Table(header, tuple(rows), tuple(True for _ in header))
    if swept.is_estimated:
        yield Paragraph(swept.say("report.limit_estimated", most=MOST_PRODUCTS, largest=Math(letters.largest)))
    if swept.in_batches:
        yield Paragraph(swept.say("report.limit_in_batches"))
    if swept.limits:
        yield Picture("limits", as_words(swept.say("report.limits")), swept.limits)


def _told(accounts: Sequence[Account]) -> list[Account]:
    """The runs that are told: all, or of many the one with the largest rate for each verdict."""
    if len(accounts) <= MOST_TOLD:
        return list(accounts)
    largest = {account.run.verdict: account for account in sorted(accounts, key=lambda a: a.run.learning_rate)}
    return [account for account in accounts if account is largest[account.run.verdict]]
