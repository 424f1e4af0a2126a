"""The network and decoding: ids and tensors, no music."""
