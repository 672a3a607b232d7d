"""Writes gzip.json: compressed data (base64) with its content's CRC-32 and length. Run: python3 generate.py"""
import base64
import gzip
import io
import json
import random
import zlib


def member(data, level=9, strategy=zlib.Z_DEFAULT_STRATEGY, memory=9):
    """A gzip member without a name, compressed with a given strategy; little memory makes many blocks."""
    compressor = zlib.compressobj(level, zlib.DEFLATED, 31, memory, strategy)
    return compressor.compress(data) + compressor.flush()


def named(data):
    """A gzip member with a file name, a time and an extra field's worth of flags."""
    buffer = io.BytesIO()
    with gzip.GzipFile(filename="table.csv", mode="wb", fileobj=buffer, mtime=1) as file:
        file.write(data)
    return buffer.getvalue()


def extra(data):
    """A gzip member with an extra field, a name, a comment and a header checksum."""
    plain = member(data)
    header = bytes([0x1F, 0x8B, 8, 4 | 8 | 16 | 2, 0, 0, 0, 0, 0, 3]) + b"\x04\x00abcd" + b"n\0" + b"c\0"
    return header + zlib.crc32(header).to_bytes(4, "little")[:2] + plain[10:]


draw = random.Random(1)
table = "".join(f"{i},{draw.randrange(99999):05d},{draw.random():.3f}\n" for i in range(900)).encode()
noise = bytes(draw.randrange(256) for _ in range(4000))
far = noise[:300] + b"!" * 32000 + noise[:300]
cases = {
    "empty": (b"", member(b"")),
    "stored": (noise[:1000], member(noise[:1000], level=0)),
    "stored over several blocks": (noise, member(noise, level=0, memory=1)),
    "fixed": (b"a cell is a cell is a cell", member(b"a cell is a cell is a cell", strategy=zlib.Z_FIXED)),
    "fixed table": (table[:4000], member(table[:4000], strategy=zlib.Z_FIXED)),
    "dynamic": (table, member(table)),
    "dynamic over several blocks": (table, member(table, memory=1)),
    "huffman only": (table[:9000], member(table[:9000], strategy=zlib.Z_HUFFMAN_ONLY)),
    "run lengths": (b"x" * 100000, member(b"x" * 100000)),
    "all bytes": (bytes(range(256)) * 40, member(bytes(range(256)) * 40)),
    "far distances": (far, member(far)),
    "named": (table[:500], named(table[:500])),
    "every header field": (table[:500], extra(table[:500])),
    "two members": (b"first second", member(b"first ") + member(b"second")),
}
with open("gzip.json", "w") as file:
    text = {
        name: {"checksum": zlib.crc32(content), "length": len(content), "gzip": base64.b64encode(data).decode()}
        for name, (content, data) in cases.items()
    }
    json.dump(text, file, indent=1)
    file.write("\n")
