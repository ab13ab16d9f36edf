"""The table of learning-rate schedules: the rate as a formula of the number of the update; who counts updates is elsewhere."""

from __future__ import annotations

from dataclasses import dataclass

from sympy import Min, Piecewise, cos, floor, pi

from symprop.rules.optimizers import Formula, expression_of
from symprop.rules.settings import COUNT, Domain, Setting
from symprop.scalar.function import Expression

TOTAL_UPDATES = "tau_total"
RATE = "eta_tau"
"""What the rate of one update is called; the rate that is given is ``eta``."""


@dataclass(frozen=True)
class Schedule:
    """One way in which the learning rate changes: `rate` is a function of SymPy symbols, and gives one update's rate.

    Its arguments say what it reads: the given rate ``eta``, the number of the update ``tau``, counted from 1, the total
    number of updates ``tau_total``, and the symbols of the `settings`.
    """

    name: str
    rate: Formula
    reference: str
    settings: tuple[Setting, ...] = ()

    @property
    def expression(self) -> Expression:
        """The rate as a SymPy expression over real symbols.

        >>> SCHEDULES["warmup"].expression
        eta*Min(1, tau/tau_warm)
        """
        return expression_of(self.rate)


def _one_cycle(
    eta: Expression,
    tau: Expression,
    tau_total: Expression,
    rho: Expression,
    d_start: Expression,
    d_end: Expression,
) -> Expression:
    """Up from the first update to the share ρ of them, then down to the last, each along half a cosine."""
    top, low = rho * tau_total, 1 / (d_start * d_end)
    up = (1 - cos(pi * (tau - 1) / (top - 1))) / 2
    down = (1 + cos(pi * (tau - top) / ((1 - rho) * tau_total))) / 2
    return Piecewise(
        (eta * (1 / d_start + (1 - 1 / d_start) * up), tau < top),
        (eta * (low + (1 - low) * down), True),
    )


_DECAY = (
    Setting("factor", "gamma", 0.1, Domain(0, 1, with_low=False, with_high=True)),
    Setting("period", "tau_period", 1000.0, COUNT),
)
_DIVISOR = Domain(1)

_DECLARED = (
    Schedule(
        "constant",
        lambda eta: eta,
        reference="Bottou, Curtis and Nocedal, Optimization methods for large-scale machine learning, SIAM Review 60, 2018",
    ),
    Schedule(
        "step",
        lambda eta, gamma, tau, tau_period: eta * gamma ** floor((tau - 1) / tau_period),
        reference="He et al., Deep residual learning for image recognition, CVPR 2016, section 4.2",
        settings=_DECAY,
    ),
    Schedule(
        "exponential",
        lambda eta, gamma, tau, tau_period: eta * gamma ** ((tau - 1) / tau_period),
        reference="Senior et al., An empirical study of learning rates in deep neural networks for speech recognition, 2013",
        settings=_DECAY,
    ),
    Schedule(
        "cosine",
        lambda eta, kappa, tau, tau_total: eta * (kappa + (1 - kappa) * (1 + cos(pi * (tau - 1) / tau_total)) / 2),
        reference="Loshchilov and Hutter, SGDR: stochastic gradient descent with warm restarts, ICLR 2017, equation 5",
        settings=(Setting("final", "kappa", 0.0, Domain(0, 1, with_high=True)),),
    ),
    Schedule(
        "warmup",
        lambda eta, tau, tau_warm: eta * Min(1, tau / tau_warm),
        reference="Goyal et al., Accurate, large minibatch SGD: training ImageNet in 1 hour, 2017, section 2.2",
        settings=(Setting("warmup", "tau_warm", 100.0, COUNT),),
    ),
    Schedule(
        "one_cycle",
        _one_cycle,
        reference="Smith and Topin, Super-convergence: very fast training using large learning rates, 2019",
        settings=(
            Setting("pct_start", "rho", 0.3, Domain(0, 1, with_low=False)),
            Setting("div_factor", "d_start", 25.0, _DIVISOR),
            Setting("final_div_factor", "d_end", 10000.0, _DIVISOR),
        ),
    ),
)

SCHEDULES: dict[str, Schedule] = {schedule.name: schedule for schedule in _DECLARED}
