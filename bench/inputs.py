"""The weights and tokens that all engines start from: a safetensors file of F32, and int32 rows of length + 1 tokens."""
import json
import struct

import torch


def read_weights(path):
    """Name to tensor; reads one tensor at a time, so that the peak of memory is the weights alone."""
    with open(path, "rb") as file:
        (size,) = struct.unpack("<Q", file.read(8))
        header = json.loads(file.read(size))
        weights = {}
        for name, entry in sorted(header.items(), key=lambda item: item[1]["data_offsets"][0]):
            begin, end = entry["data_offsets"]
            file.seek(8 + size + begin)
            weights[name] = torch.frombuffer(bytearray(file.read(end - begin)), dtype=torch.float32).view(entry["shape"])
    return weights


def read_tokens(path, batch, length):
    """[B, T + 1]"""
    with open(path, "rb") as file:
        data = bytearray(file.read())
    return torch.frombuffer(data, dtype=torch.int32).view(batch, length + 1).long()
