"""The table of losses that join an example's outputs, such as cross-entropy over classes; those of one output are in `losses`."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from math import inf

from symprop.errors import UserError


@dataclass(frozen=True)
class JointLoss:
    """The loss of the outputs ``a`` of one example against its targets ``t``, over their last axis.

    `equations` are in the notation of `ir.index_text`; the last one defines ``E[...]``. ``classes`` stands for the extent
    of the last axis, beside the names in `numbers`. `latex` is the loss's name in formulas. `distributions` are quantities
    whose last axis sums to 1, whatever the outputs: the gradient is simplified by that, so the targets have to keep it where
    ``t`` is among them; smoothed targets sum to 1 where the targets do.
    `after` names, for a layer whose composition with this loss is not stable, the loss on that layer's input that means the
    same; equations that such a layer has written already are left out. `MEANINGS` says what their
    quantities are, `also` what others call the loss.
    """

    name: str
    equations: tuple[str, ...]
    latex: str
    reference: str
    distributions: tuple[str, ...] = ()
    numbers: Mapping[str, Fraction] = field(default_factory=dict)
    domain: tuple[float, float] = (-inf, inf)
    targets: tuple[float, float] = (0, 1)
    after: Mapping[str, str] = field(default_factory=dict)
    also: tuple[str, ...] = ()

    def smoothed(self, smoothing: float) -> JointLoss:
        """The same with label smoothing: targets ``(1 - s) t + s / classes``. Raises UserError unless 0 ≤ s < 1.

        Source: Szegedy et al., Rethinking the inception architecture for computer vision, CVPR 2016.
        """
        if isinstance(smoothing, bool) or not isinstance(smoothing, int | float) or not 0 <= smoothing < 1:
            raise UserError("wrong label smoothing", expected="a number from 0, below 1", got=repr(smoothing))
        if not smoothing:
            return self
        share = Fraction(str(smoothing))
        return JointLoss(
            self.name,
            ("u[..., k] = kept*t[..., k] + smoothing/classes", *map(_of_smoothed, self.equations)),
            self.latex,
            self.reference,
            (*self.distributions, *(["u"] if "t" in self.distributions else [])),
            {**self.numbers, "kept": 1 - share, "smoothing": share},
            self.domain,
            self.targets,
            self.after,
        )


class _Smoothed(ast.NodeTransformer):
    """Puts ``u`` in the place of the targets ``t``, and of nothing that is only spelled like them."""

    def visit_Subscript(self, node: ast.Subscript) -> ast.AST:
        self.generic_visit(node)
        if isinstance(node.value, ast.Name) and node.value.id == "t":
            node.value.id = "u"
        return node


def _of_smoothed(line: str) -> str:
    """An equation of the smoothed targets.

    >>> _of_smoothed("E[...] = Sum(-t[..., k]*logit[..., k], k)")
    'E[...] = Sum(-u[..., k] * logit[..., k], k)'
    """
    return ast.unparse(_Smoothed().visit(ast.parse(line)))


# What the quantities that these equations define are, for the table of symbols.
MEANINGS: Mapping[str, str] = {
    "l": "the logarithm of the sum of the outputs' exponentials",
    "p": "the outputs as probabilities, by softmax",
    "u": "the smoothed targets",
}

_LOGITS = ("l[...] = LogSumExp(a[..., k], k)", "p[..., k] = exp(a[..., k] - l[...])")
_DECLARED = (
    JointLoss(
        "categorical_cross_entropy_from_logits",
        (*_LOGITS, "E[...] = Sum(t[..., k]*l[...] - t[..., k]*a[..., k], k)"),
        latex=r"\ell_{\mathrm{CE,\,logits}}",
        reference="Bridle, Probabilistic interpretation of feedforward classification network outputs, 1990",
        distributions=("t",),
        also=("cross_entropy_with_logits", "softmax_cross_entropy", "softmax_cross_entropy_with_logits"),
    ),
    JointLoss(
        "categorical_cross_entropy",
        ("E[...] = Sum(-t[..., k]*log_probability(a[..., k]), k)",),
        latex=r"\ell_{\mathrm{CE}}",
        reference="Good, Rational decisions, JRSS B 14, 1952",
        distributions=("t",),
        domain=(0, 1),
        after={"Softmax": "categorical_cross_entropy_from_logits"},
        also=("cross_entropy", "crossentropy", "ce", "categorical_crossentropy", "softmax_cross_entropy"),
    ),
    JointLoss(
        "negative_log_likelihood",
        ("E[...] = Sum(-t[..., k]*a[..., k], k)",),
        latex=r"\ell_{\mathrm{NLL}}",
        reference="Bishop, Pattern Recognition and Machine Learning, 2006, §4.3.4",
        distributions=("t",),
        domain=(-inf, 0),
        after={"LogSoftmax": "categorical_cross_entropy_from_logits"},
        also=("nll", "nll_loss"),
    ),
    JointLoss(
        "kl_divergence_from_logits",
        (*_LOGITS, "E[...] = Sum(negative_entropy(t[..., k]), k) + Sum(t[..., k]*l[...] - t[..., k]*a[..., k], k)"),
        latex=r"\ell_{\mathrm{KL,\,logits}}",
        reference="Kullback and Leibler, On information and sufficiency, Annals of Mathematical Statistics 22, 1951",
        distributions=("t",),
    ),
    JointLoss(
        "kl_divergence",
        ("E[...] = Sum(negative_entropy(t[..., k]) - t[..., k]*log_probability(a[..., k]), k)",),
        latex=r"\ell_{\mathrm{KL}}",
        reference="Kullback and Leibler, On information and sufficiency, Annals of Mathematical Statistics 22, 1951",
        distributions=("t",),
        domain=(0, 1),
        after={"Softmax": "kl_divergence_from_logits"},
        also=("kl", "kld", "kl_div"),
    ),
)

JOINT_LOSSES: dict[str, JointLoss] = {loss.name: loss for loss in _DECLARED}
