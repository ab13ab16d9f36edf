"""Layers in a file: every kind is read with every option it has, and each fault is said with file, line, layer and shapes."""

from __future__ import annotations

from pathlib import Path

import pytest

from symprop.derivation.sweep import derive
from symprop.derivation.verify import verify
from symprop.errors import UserError
from symprop.layers import HOMES, file_name
from symprop.layers.attention import MultiHeadAttention
from symprop.layers.convolution import Conv2d
from symprop.layers.dense import Dense
from symprop.layers.layer import OPTION_TYPES, Layer
from symprop.layers.normalisation import BatchNorm
from symprop.layers.own import IndexLayer
from symprop.layers.recurrent import LSTM
from symprop.layers.shaping import Add, Dropout
from symprop.network import NetworkSpec
from symprop.network_file.layers import SPELLINGS, TYPES
from symprop.network_file.schema import spec_from_file
from symprop.notation.packs import names_for


def read(tmp_path: Path, text: str) -> NetworkSpec:
    file = tmp_path / "net.toml"
    file.write_text(text, encoding="utf-8")
    spec = spec_from_file(file)
    assert isinstance(spec, NetworkSpec)
    return spec


def test_every_layer_has_a_name_in_files() -> None:
    assert sorted(TYPES) == sorted(file_name(name) for name in HOMES)


def test_a_file_spells_every_type_of_option() -> None:
    assert SPELLINGS.keys() == OPTION_TYPES.keys()


READ: list[tuple[str, str, Layer]] = [
    ("inputs = 3", "units = 2", Dense(2)),
    ("inputs = 3", 'units = 2\nactivation = "relu"\nbias = false\nl2 = 0.25', Dense(2, "relu", False, l2=0.25)),
    ("inputs = 3", 'units = 2\nshare = { W = "V" }\ntrainable = false', Dense(2, share={"W": "V"}, trainable=False)),
    (
        "inputs = [1, 4, 5]",
        'type = "conv2d"\nchannels = 2\nkernel = [2, 3]\nstride = 2\npadding = [1, 0]\nbias = false',
        Conv2d(2, (2, 3), stride=2, padding=(1, 0), bias=False),
    ),
    ("inputs = [3, 4]", 'type = "multi_head_attention"\nheads = 2\ncausal = true', MultiHeadAttention(2, True)),
    ("inputs = [3, 4]", 'type = "lstm"\nunits = 2\nsequence = true', LSTM(2, True)),
    ("inputs = 3\nbatch = 4", 'type = "batch_norm"\nepsilon = 0.5', BatchNorm(0.5)),
    ("inputs = 3", 'type = "dropout"\nrate = 0.25', Dropout(0.25)),
    ("inputs = { u = 2, v = 2 }", 'type = "add"\ninputs = ["u", "v"]', Add(inputs=("u", "v"))),
    (
        "inputs = 3",
        'type = "index_layer"\nequations = "y[i] = k*w[i]*x[s*i]"\nsizes = { i = 2 }\nnumbers = { k = 0.5, s = 2 }',
        IndexLayer("y[i] = k*w[i]*x[s*i]", {"i": 2}, {"k": 0.5, "s": 2}),
    ),
]


@pytest.mark.parametrize(("top", "layer", "expected"), READ, ids=[repr(expected)[:40] for *_, expected in READ])
def test_a_layer_is_read(top: str, layer: str, expected: Layer, tmp_path: Path) -> None:
    assert read(tmp_path, f"{top}\n[[layers]]\n{layer}\n").layers == (expected,)


def test_a_users_own_layer_as_typed(tmp_path: Path) -> None:
    spec = read(
        tmp_path,
        'inputs = 3\nbatch = 4\n[[layers]]\ntype = "index_layer"\nsizes = { j = 2 }\nactivation = "tanh"\n'
        'equations = ["y[n,j] = Sum(W[j,i]*x[n,i], i) + b[j]"]\n[[layers]]\nunits = 2\n',
    )
    program = spec.elaborate()
    assert [(p.name, p.extents) for p in program.trainable] == [
        ("W1", (2, 3)),
        ("b1", (2,)),
        ("W2", (2, 2)),
        ("b2", (2,)),
    ]
    assert verify(derive(program), names_for(program)).ok


OWN = 'inputs = 3\n[[layers]]\ntype = "index_layer"\nsizes = { j = 2 }\nequations = [\n  "q[i] = 2*x[i]",\n'
TWO = 'inputs = 2\n[[layers]]\nunits = 2\nname = "a"\n[[layers]]\n'
FAULTS: dict[str, tuple[str, str]] = {
    "cycle": (
        'inputs = 2\n[[layers]]\nunits = 2\nname = "a"\ninputs = "b"\n[[layers]]\nunits = 2\nname = "b"\n',
        "net.toml:5: layer 1, Dense 'a': the layers form a cycle (got layers 1 -> 2 -> 1)",
    ),
    "dangling name": (
        TWO + 'units = 2\ninputs = "aa"\n',
        "net.toml:7: layer 2, Dense: there is no layer or input 'aa' to read",
    ),
    "shape mismatch": (
        TWO + 'units = 3\ninputs = "x"\nname = "b"\n[[layers]]\ntype = "add"\ninputs = ["a", "b"]\n',
        "net.toml:11: layer 3, Add: the inputs have different shapes (expected one shape for all, got (2,) and (3,))",
    ),
    "tied parameter of another shape": (
        'inputs = 2\n[[layers]]\nunits = 3\nweights = "V"\n[[layers]]\nunits = 4\nweights = "V"\n',
        "net.toml:7: layer 2, Dense: the shared parameter 'V' does not fit (expected shape (3, 2), trainable, got shape (4, 3)",
    ),
    "an index summed twice": (
        OWN + '  "y[j] = Sum(W[j,i]*q[i], i, i)",\n]\n',
        "net.toml:7: IndexLayer: equation 2: index 'i' is summed twice (got Sum(W[j, i] * q[i], i, i))",
    ),
    "an index bound twice": (
        OWN + '  "y[j] = Sum(W[j,i]*Sum(q[i], i), i)",\n]\n',
        "net.toml:7: layer 1, IndexLayer: equation 'y[j] = Sum(W[j,i]*Sum(q[i], i), i)': index 'i' is bound twice",
    ),
    "an index never bound": (
        OWN + '  "y[j]  =  W[j,i]*q[i]",\n]\n',
        "net.toml:7: layer 1, IndexLayer: equation 'y[j] = W[j,i]*q[i]': nothing binds index 'i'",
    ),
    "an index without a size": (
        OWN + '  "y[j,p] = Sum(W[j,p,i]*q[i], i)",\n]\n',
        "net.toml:7: layer 1, IndexLayer: equation 'y[j,p] = Sum(W[j,p,i]*q[i], i)': the extent of index 'p' is not known. "
        "Give it among the sizes: sizes = { p = 3 }.",
    ),
    "a sequence of length zero": (
        'inputs = [0, 2]\n[[layers]]\ntype = "rnn"\nunits = 2\n',
        "net.toml:1: wrong size for the input 'x', which layer 1, RNN reads (expected whole numbers from 1, got (0, 2))",
    ),
    "a kernel larger than its input": (
        'inputs = [1, 2]\n[[layers]]\ntype = "conv1d"\nchannels = 2\nkernel = 3\n',
        "net.toml:2: layer 1, Conv1d: the kernel is larger than its input (expected a reach of at most (2,), padded, got (3,))",
    ),
    "a wrong number of inputs": (
        'inputs = 2\n[[layers]]\ntype = "multiply"\ninputs = "x"\n',
        "net.toml:4: layer 1, Multiply: a wrong number of inputs (expected at least 2, got 1)",
    ),
    "a layer nothing reads": (
        TWO + 'units = 2\ninputs = "x"\n',
        "net.toml:2: layer 1, Dense 'a': nothing reads the layer's output",
    ),
    "an input nothing reads": (
        "inputs = { u = 2, v = 3 }\n[[layers]]\nunits = 2\n",
        "net.toml:1: nothing reads the input 'v'",
    ),
    "integers read as numbers": (
        'inputs = { tok = 3 }\n[[layers]]\ntype = "embedding"\nvocabulary = 4\ndimension = 1\n[[layers]]\ntype = "flatten"\n'
        'name = "f"\n[[layers]]\ntype = "add"\ninputs = ["f", "tok"]\n',
        "net.toml:1: the input 'tok' is read as integers and as numbers",
    ),
    "statistics without a batch": (
        'inputs = 2\n[[layers]]\ntype = "batch_norm"\n',
        "net.toml:2: layer 1, BatchNorm: the layer takes statistics over a batch",
    ),
    "heads that do not divide": (
        'inputs = [2, 4]\n[[layers]]\ntype = "multi_head_attention"\nheads = 3\n',
        "net.toml:2: layer 1, MultiHeadAttention: a dimension of 4 does not make 3 heads of one size",
    ),
    "an unknown layer": (
        'inputs = 2\n[[layers]]\ntype = "conv3d"\n',
        "net.toml:3: unknown layer 'conv3d'. Did you mean 'conv2d'?",
    ),
    "an unknown option": (
        'inputs = [2, 2]\n[[layers]]\ntype = "rnn"\nunits = 2\nsequences = true\n',
        "net.toml:5: unknown key 'sequences' in [[layers]] number 1. Did you mean 'sequence'?",
    ),
    "a missing option": (
        'inputs = [2, 2]\n[[layers]]\ntype = "rnn"\n',
        "net.toml:2: missing key 'units' in [[layers]] number 1. Add a line such as units = 3.",
    ),
    "a wrong option": (
        'inputs = 2\n[[layers]]\ntype = "dropout"\nrate = 1.5\n',
        "net.toml:4: Dropout: wrong value for rate (expected a number from 0, below 1, got 1.5)",
    ),
    "a loss over one output": (
        'inputs = 2\nloss = "kl_divergence_from_logits"\n[[layers]]\ntype = "index_layer"\nequations = "y = Sum(x[i], i)"\n',
        "net.toml:3: layer 1, IndexLayer: the loss 'kl_divergence_from_logits' joins the outputs of an example",
    ),
    "a name that the activation needs": (
        OWN.replace('type = "index_layer"', 'type = "index_layer"\nactivation = "silu"').replace("q[", "s[")
        + '  "y[j] = Sum(W[j,i]*s[i], i)",\n]\n',
        "net.toml:7: layer 1, IndexLayer: equation 's[i] = 2*x[i]': 's' is 's1' in the network, which a part of its "
        "activation 'silu' is called as well. Rename 's' in the layer's equations.",
    ),
    "a bound of the outputs": (
        'inputs = 2\n[[layers]]\ntype = "index_layer"\nequations = "y[i] = 2*x[i]"\ncodomain = [1, 0]\n',
        "net.toml:5: wrong value for 'codomain' (expected its lower and its upper bound, such as [0, inf], got [1.0, 0.0])",
    ),
    "a token that is no row": (
        'inputs = { tok = 3 }\n[[layers]]\ntype = "embedding"\nvocabulary = 4\ndimension = 1\n[[layers]]\ntype = "flatten"\n'
        "[values]\ntok = [0,\n9, 1]\n",
        "net.toml:9: value 'tok': wrong value in 'tok' (expected whole numbers from 0 to 3, got 9)",
    ),
    "code": (
        OWN + "  \"y[j] = __import__('os').system('true')\",\n]\n",
        "net.toml:7: IndexLayer: equation 2: unknown function __import__('os').system",
    ),
}


@pytest.mark.parametrize(("text", "message"), FAULTS.values(), ids=list(FAULTS))
def test_a_fault_is_said_with_its_place(
    text: str, message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("net.toml").write_text(text, encoding="utf-8")
    with pytest.raises(UserError) as caught:
        spec_from_file(Path("net.toml"))
    assert str(caught.value).startswith(message)
