"""The E5 encoder in PyTorch: plain post-norm BERT, mean over all tokens, unit length."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from nlu.encoder.training.e5_checkpoint import Floats, Source

DROPOUT = 0.1


@dataclass(frozen=True)
class Packing:
    """Lines of several lengths laid end to end, so that no padding is computed outside attention."""

    rows: Tensor
    """Place of each token in the padded (lines x longest) grid."""
    line_of: Tensor
    """Line of each token."""
    lengths: Tensor
    mask: Tensor
    """(lines, 1, 1, longest), true where a token stands."""

    @classmethod
    def of(cls, lengths: Sequence[int]) -> Packing:
        """Lay out lines of these lengths."""
        sizes = torch.tensor(lengths)
        mask = torch.arange(int(sizes.max())) < sizes[:, None]
        rows = mask.flatten().nonzero().squeeze(1)
        return cls(rows, rows // mask.shape[1], sizes, mask[:, None, None, :])

    def pad(self, packed: Tensor) -> Tensor:
        """Return (lines, longest, width) from (tokens, width)."""
        lines, longest = self.mask.shape[0], self.mask.shape[-1]
        grid = packed.new_zeros(lines * longest, packed.shape[-1]).index_copy(0, self.rows, packed)
        return grid.view(lines, longest, -1)

    def mean(self, packed: Tensor) -> Tensor:
        """Return each line's mean token."""
        sums = packed.new_zeros(len(self.lengths), packed.shape[-1]).index_add(0, self.line_of, packed)
        return sums / self.lengths[:, None]


class Layer(nn.Module):  # type: ignore[misc]  # torch is not installed where types are checked
    """Self-attention and feed-forward, each followed by its norm."""

    def __init__(self, source: Source, index: int) -> None:
        """Copy the published weights of one layer."""
        super().__init__()
        self.heads = source.heads
        part = {name.removeprefix(f"l{index}."): value for name, value in source.tensors.items()}
        self.q, self.k, self.v = (_linear(part, name) for name in "qkv")
        self.ao, self.fi, self.fo = (_linear(part, name) for name in ("ao", "fi", "fo"))
        self.aln, self.oln = (_norm(part, name, source.epsilon) for name in ("aln", "oln"))

    def forward(self, hidden: Tensor, packing: Packing | None = None) -> Tensor:
        """Return the next hidden states, (lines, length, width), or packed when `packing` is given."""
        attended = self._packed(hidden, packing) if packing else self._even(hidden)
        hidden = self.aln(hidden + self._drop(self.ao(attended)))
        inner = functional.gelu(self.fi(hidden))
        output: Tensor = self.oln(hidden + self._drop(self.fo(inner)))
        return output

    def _drop(self, values: Tensor) -> Tensor:
        return functional.dropout(values, DROPOUT, self.training)

    def _heads(self, values: Tensor) -> Tensor:
        lines, length, width = values.shape
        return values.view(lines, length, self.heads, width // self.heads).transpose(1, 2)

    def _even(self, hidden: Tensor) -> Tensor:
        query, key, value = (self._heads(part(hidden)) for part in (self.q, self.k, self.v))
        weights = torch.softmax(query @ key.transpose(-1, -2) / math.sqrt(query.shape[-1]), dim=-1)
        return (weights @ value).transpose(1, 2).flatten(2)

    def _packed(self, hidden: Tensor, packing: Packing) -> Tensor:
        query, key, value = (self._heads(packing.pad(part(hidden))) for part in (self.q, self.k, self.v))
        attended = functional.scaled_dot_product_attention(query, key, value, attn_mask=packing.mask)
        return attended.transpose(1, 2).flatten(2).flatten(0, 1)[packing.rows]


class Network(nn.Module):  # type: ignore[misc]  # as above
    """Token ids of lines of one length to unit vectors; the parts serve tuning."""

    def __init__(self, source: Source, embeddings: Floats, positions: int) -> None:
        """Take the pruned word embeddings and as many positions as are served."""
        super().__init__()
        # The token type is always the first: added to the positions once.
        places = source.tensors["emb.pos"][:positions] + source.tensors["emb.type"][0]
        self.words = nn.Embedding.from_pretrained(torch.from_numpy(embeddings), freeze=True)
        self.places = nn.Embedding.from_pretrained(torch.from_numpy(places), freeze=True)
        self.norm = _norm(source.tensors, "emb.ln", source.epsilon)
        self.layers = nn.ModuleList(Layer(source, index) for index in range(source.layers))

    def forward(self, ids: Tensor) -> Tensor:
        """Return (lines, width) unit vectors of (lines, length) ids without padding."""
        hidden = self.norm(self.words(ids) + self.places.weight[: ids.shape[1]])
        for layer in self.layers:
            hidden = layer(hidden)
        return functional.normalize(hidden.mean(dim=1), dim=-1)

    def embedded(self, lines: Sequence[Sequence[int]]) -> Tensor:
        """Return the packed input of the first layer."""
        ids = torch.tensor([piece for line in lines for piece in line])
        places = torch.cat([torch.arange(len(line)) for line in lines])
        hidden: Tensor = self.norm(self.words(ids) + self.places(places))
        return hidden

    def through(self, hidden: Tensor, packing: Packing, layers: slice) -> Tensor:
        """Run packed hidden states through some layers."""
        for layer in self.layers[layers]:
            hidden = layer(hidden, packing)
        return hidden


def _linear(part: dict[str, Floats], name: str) -> nn.Linear:
    weight, bias = part[f"{name}.w"], part[f"{name}.b"]
    linear = nn.Linear(weight.shape[1], weight.shape[0])
    linear.weight.data.copy_(torch.from_numpy(weight))
    linear.bias.data.copy_(torch.from_numpy(bias))
    return linear


def _norm(part: dict[str, Floats], name: str, epsilon: float) -> nn.LayerNorm:
    weight = part[f"{name}.w"]
    norm = nn.LayerNorm(len(weight), eps=epsilon)
    norm.weight.data.copy_(torch.from_numpy(weight))
    norm.bias.data.copy_(torch.from_numpy(part[f"{name}.b"]))
    return norm
