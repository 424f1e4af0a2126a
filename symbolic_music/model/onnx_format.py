"""Write ONNX models without the ``onnx`` package: the few protobuf messages that a network's graph needs.

Source: ``onnx.proto3`` (field numbers beside each message) and the protobuf wire format: a field is a tag
(number and wire type) and a variable-length integer, four bytes of a float, or a length and that many bytes.
Values are plain: a message is its bytes, so messages nest by being fields of others.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence

import numpy as np

FLOAT, INT32, INT64, FLOAT16, BFLOAT16 = 1, 6, 7, 10, 16
_VARINT, _BYTES, _FIXED32 = 0, 2, 5
_EXTERNAL = 1
_ATTRIBUTE_FLOAT, _ATTRIBUTE_INT, _ATTRIBUTE_INTS = 1, 2, 7

Field = tuple[int, "int | float | str | bytes"]
Attribute = int | float | Sequence[int]


def model(graph: bytes, opsets: Mapping[str, int], producer: str, ir_version: int) -> bytes:
    """Write a ModelProto: the graph and the versions of the operator sets it uses, by domain."""
    imports = [(8, _message((1, domain), (2, version))) for domain, version in opsets.items()]
    return _message((1, ir_version), (2, producer), (7, graph), *imports)


def graph(
    nodes: Sequence[bytes], name: str, inputs: Sequence[bytes], outputs: Sequence[bytes], initializers: Sequence[bytes]
) -> bytes:
    """Write a GraphProto."""
    rows = [(1, node) for node in nodes], [(5, row) for row in initializers]
    ends = [(11, row) for row in inputs], [(12, row) for row in outputs]
    return _message(*rows[0], (2, name), *rows[1], *ends[0], *ends[1])


def node(kind: str, inputs: Sequence[str], outputs: Sequence[str], domain: str = "", **attributes: Attribute) -> bytes:
    """Write a NodeProto; an empty name leaves an optional input or output out."""
    return _message(
        *((1, name) for name in inputs),
        *((2, name) for name in outputs),
        (3, outputs[0]),
        (4, kind),
        *((5, _attribute(name, value)) for name, value in attributes.items()),
        (7, domain),
    )


def value(name: str, dtype: int, shape: Sequence[int | str]) -> bytes:
    """Write a ValueInfoProto of a tensor; a dimension is its size or the name of one that varies."""
    dims = [(1, _message((2 if isinstance(size, str) else 1, size))) for size in shape]
    return _message((1, name), (2, _message((1, _message((1, dtype), (2, _message(*dims)))))))


def constant(name: str, values: np.ndarray) -> bytes:
    """Write a TensorProto that holds its numbers (float32, int64)."""
    dtype = {"float32": FLOAT, "int64": INT64}[values.dtype.name]
    little = values.astype(values.dtype.newbyteorder("<"))
    return _message(*((1, size) for size in values.shape), (2, dtype), (8, name), (9, little.tobytes()))


def external(name: str, dtype: int, shape: Sequence[int], file: str, offset: int, n_bytes: int) -> bytes:
    """Write a TensorProto whose numbers lie in another file, beside the model."""
    where = {"location": file, "offset": str(offset), "length": str(n_bytes)}
    rows = [(13, _message((1, key), (2, text))) for key, text in where.items()]
    return _message(*((1, size) for size in shape), (2, dtype), (8, name), *rows, (14, _EXTERNAL))


def _attribute(name: str, value: Attribute) -> bytes:
    """Write an AttributeProto."""
    if isinstance(value, float):
        return _message((1, name), (2, value), (20, _ATTRIBUTE_FLOAT))
    if isinstance(value, int):
        return _message((1, name), (3, value), (20, _ATTRIBUTE_INT))
    return _message((1, name), *((8, number) for number in value), (20, _ATTRIBUTE_INTS))


def _message(*fields: Field) -> bytes:
    """Write fields one after another."""
    return b"".join(_field(number, value) for number, value in fields)


def _field(number: int, value: int | float | str | bytes) -> bytes:
    """Write a field: its tag, then its value."""
    if isinstance(value, float):
        return _varint(number << 3 | _FIXED32) + struct.pack("<f", value)
    if isinstance(value, int):
        # A negative number is written as the 64 bits of its two's complement.
        return _varint(number << 3 | _VARINT) + _varint(value & 0xFFFFFFFFFFFFFFFF)
    data = value.encode() if isinstance(value, str) else value
    return _varint(number << 3 | _BYTES) + _varint(len(data)) + data


def _varint(value: int) -> bytes:
    """Write an integer in groups of seven bits, the lowest first; the eighth bit says that more follow."""
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)
