"""Markdown: the ordinary document as printed, and hostile text that reads as it was written."""

from __future__ import annotations

import re

import pytest
from markdown_it import MarkdownIt
from markdown_it.token import Token

from symprop.document.blocks import Block, Document, Heading, Paragraph, Table
from symprop.notation.formula import Symbol
from symprop.notation.names import Names
from symprop.prose.text import Math
from symprop.renderers import render
from tests.notation.samples import HOSTILE
from tests.renderers.documents import ORDINARY, STRESS


def markdown(*blocks: Block) -> str:
    text = render(Document("T", Names(), blocks), "markdown")
    assert isinstance(text, str)
    return text


def parsed(text: str) -> list[Token]:
    return MarkdownIt("commonmark").enable(["table", "strikethrough"]).parse(text)


def read(token: Token) -> str:
    """What a reader sees of a run of text."""
    assert {child.type for child in token.children or ()} <= {"text", "html_inline", "code_inline", "text_special"}
    assert {child.content for child in token.children or () if child.type == "html_inline"} <= {"<span>", "</span>"}
    return "".join(child.content for child in token.children or () if child.type != "html_inline")


def shown(text: str) -> str:
    """Text on one line, control characters as spaces."""
    return " ".join(re.sub(r"[\x00-\x1f]", " ", text).split())


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_reads_as_it_stands(text: str) -> None:
    blocks: list[Block] = [Heading(2, (text,)), Paragraph((text,))]
    tokens = parsed(markdown(*blocks, Table(((text,),), (((text,),),), (False,))))
    runs = [read(token) for token in tokens if token.type == "inline"]
    assert [" ".join(run.split()) for run in runs] == ["T"] + [shown(text)] * 4
    opened = [token.type for token in tokens if token.nesting == 1]
    assert opened == [
        *("heading_open", "heading_open", "paragraph_open"),
        *("table_open", "thead_open", "tr_open", "th_open", "tbody_open", "tr_open", "td_open"),
    ]


def test_names_keep_their_underscores() -> None:
    assert "a_h1 and E_total" in markdown(Paragraph(("a_h1 and E_total",)))


def test_bars_in_mathematics_do_not_end_a_cell() -> None:
    names = Names({}, {"n": r"\|x\| + |y|"})
    table = Table((("norm",),), (((Math(Symbol("n")),),),), (False,))
    assert r"| $`\Vert x\Vert  + \vert y\vert `$ |" in str(render(Document("T", names, (table,)), "markdown"))


def test_the_stress_document_keeps_its_structure() -> None:
    tokens = parsed(str(render(STRESS, "markdown")))
    fences = [token for token in tokens if token.type == "fence"]
    kinds = [type(block).__name__ for block in STRESS.blocks]
    assert len(fences) == kinds.count("Equations")
    assert {token.info for token in fences} == {"math"}
    assert sum(token.type == "heading_open" for token in tokens) == 1 + kinds.count("Heading")
    assert not [token for token in tokens if token.type == "code_block"]


def test_the_ordinary_document() -> None:
    assert (
        render(ORDINARY, "markdown")
        == r"""# Backpropagation by hand

## The gradient of $`w_{5}`$

Each weight has a gradient, here $`\frac{\partial E_{\mathrm{total}}}{\partial w_{5}}`$, of three factors.

<!-- w5 -->

```math
\begin{aligned}
a_{h1} &= \sigma(h_{1}) = \frac{1}{1 + e^{-h_{1}}} \\
\frac{\partial E_{\mathrm{total}}}{\partial w_{5}} &= """
        + (
            r"\frac{\partial E_{\mathrm{total}}}{\partial a_{o1}} \cdot \frac{\partial a_{o1}}{\partial w_{5}}"
            r" = (a_{o1} - t_{1}) \cdot a_{o1}(1 - a_{o1}) \cdot a_{h1}"
        )
        + r"""
\end{aligned}
```

<!-- one -->

```math
w_{5} = \begin{cases} x & \text{if } x > 0 \\ \alpha \cdot x & \text{otherwise} \end{cases}
```

| Name | Value |
| --- | ---: |
| $`w_{5}`$ | 0.5 |
| a\|b | −1 |

### The end
"""
    )
