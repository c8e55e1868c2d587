#!/usr/bin/env python3
"""Networks of gantrain in PyTorch, and back.

    pytorch.py draw CHECKPOINT IMAGES.npy [--z Z.npy] [--count 64] [--seed 0] [--class 3]
    pytorch.py save CHECKPOINT FILE.safetensors

draw  makes the generator of a checkpoint, loads its weights under their own names, and writes images as bytes,
      (count, height, width[, 3]), from z (count, latent_dim), which is drawn if it is not given. Of a model that is
      told classes all images are of one class, or in turn of each.
save  makes all networks of a checkpoint and writes their state_dict. A program that trains them further does that
      in between. Then

          gantrain import FILE.safetensors --config CONFIG -o RUN

A checkpoint is a safetensors file with the config in its metadata. The tensors of a network are named as those of
the torch.nn.Sequential of the same layers, so load_state_dict takes them as they are. Needs python3, torch and numpy
(packages python3-torch, python3-numpy).
"""
import argparse
import configparser
import json
import struct

import numpy
import torch
from torch import nn


def read_safetensors(path):
    """The tensors and the metadata of a file (https://huggingface.co/docs/safetensors, "Format")."""
    with open(path, "rb") as file:
        (length,) = struct.unpack("<Q", file.read(8))
        header = json.loads(file.read(length))
        data = file.read()
    metadata = header.pop("__metadata__", {})
    tensors = {}
    for name, entry in header.items():
        if entry["dtype"] == "F32":
            begin, end = entry["data_offsets"]
            numbers = numpy.frombuffer(data[begin:end], "<f4").reshape(entry["shape"])
            tensors[name] = torch.tensor(numpy.array(numbers))
    return tensors, metadata


def write_safetensors(path, tensors):
    kinds = {torch.float32: "F32", torch.int64: "I64"}
    header, data = {}, b""
    for name, tensor in tensors.items():
        numbers = tensor.detach().contiguous().numpy().tobytes()
        header[name] = {
            "dtype": kinds[tensor.dtype],
            "shape": list(tensor.shape),
            "data_offsets": [len(data), len(data) + len(numbers)],
        }
        data += numbers
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + data)


class Maxout(nn.Linear):
    """The largest of several affine maps, whose rows are (pieces, units)."""

    def __init__(self, inputs, rows, pieces):
        super().__init__(inputs, rows)
        self.pieces = pieces

    def forward(self, x):
        return super().forward(x).view(len(x), self.pieces, -1).amax(1)


class ChannelMax(nn.Module):
    """The largest of several pieces, into which channels are cut."""

    def __init__(self, pieces):
        super().__init__()
        self.pieces = pieces

    def forward(self, x):
        return x.view(len(x), self.pieces, -1, *x.shape[2:]).amax(1)


class GlobalPool(nn.Module):
    def forward(self, x):
        return x.mean((2, 3))


class OneHot(nn.Module):
    """Puts the class next to x: told (rows, classes) is 1 at it, else 0."""

    def forward(self, x, told):
        if x.dim() == 4:
            told = told[:, :, None, None].expand(-1, -1, *x.shape[2:])
        return torch.cat((x, told), 1)


class Embedding(nn.Embedding):
    """Puts numbers of the class next to x, which are learned."""

    def forward(self, x, told):
        return OneHot.forward(self, x, told @ self.weight)


class Projection(nn.Linear):
    """A linear map to one number, to whose weights the class adds its own."""

    def __init__(self, inputs, classes):
        super().__init__(inputs, 1)
        self.embedding = nn.Parameter(torch.zeros(classes, inputs))

    def forward(self, x, told):
        return super().forward(x) + (told @ self.embedding * x).sum(1, keepdim=True)


class Network(nn.Sequential):
    """Layers one after the other, of which some are told classes, (rows, classes)."""

    def forward(self, x, told=None):
        for layer in self:
            x = layer(x, told) if isinstance(layer, (OneHot, Embedding, Projection)) else layer(x)
        return x


def make_conv(words, weight):
    """conv and deconv CHANNELS SIZE [stride S] [pad P], with the padding that gantrain chooses."""
    words = [word for word in words if word != "spectral_norm"]
    options = dict(zip(words[3::2], map(int, words[4::2])))
    size, stride = int(words[2]), options.get("stride", 1)
    chosen = (size - stride + (stride > 1)) // 2 if size > stride else 0
    pad = options.get("pad", chosen)
    if words[0] == "conv":
        return nn.Conv2d(weight.shape[1], weight.shape[0], size, stride, pad)
    more = size - stride - 2 * pad if "pad" not in options and stride > 1 else 0
    return nn.ConvTranspose2d(weight.shape[0], weight.shape[1], size, stride, pad, output_padding=-more)


def make_layer(entry, weight, images):
    """A layer of a config's list. weight: its tensor of that name, if it has one; images: it stands among images."""
    words = entry.split()
    kind = words[0]
    simple = {
        "relu": nn.ReLU,
        "sigmoid": nn.Sigmoid,
        "tanh": nn.Tanh,
        "flatten": nn.Flatten,
        "global_pool": GlobalPool,
    }
    if kind in simple:
        return simple[kind]()
    if kind == "dense":
        return nn.Linear(weight.shape[1], weight.shape[0])
    if kind == "one_hot":
        return OneHot()
    if kind == "embedding":
        return Embedding(int(words[1]), int(words[2]))
    if kind == "projection":
        return Projection(weight.shape[1], int(words[1]))
    if kind == "maxout":
        return Maxout(weight.shape[1], weight.shape[0], int(words[2]))
    if kind == "channel_max":
        return ChannelMax(int(words[1]))
    if kind in ("conv", "deconv"):
        return make_conv(words, weight)
    if kind == "leaky_relu":
        return nn.LeakyReLU(float(words[1]) if len(words) > 1 else 0.2)
    if kind == "dropout":
        return (nn.Dropout2d if "by_channel" in words else nn.Dropout)(float(words[1]))
    if kind == "batchnorm":
        return (nn.BatchNorm2d if images else nn.BatchNorm1d)(len(weight))
    if kind == "image":
        return nn.Unflatten(1, tuple(map(int, words[1].split("x"))))
    if kind == "pool":
        return (nn.MaxPool2d if "max" in words else nn.AvgPool2d)(int(words[1]))
    if kind == "upsample":
        return nn.Upsample(scale_factor=int(words[1]))
    raise SystemExit(f"pytorch.py: no layer of kind {kind}")


def add_condition(name, entries, classes, config):
    """Puts the layers into a list that tell a network the class, where the list itself has none."""
    way = config["train"].get("condition", "one_hot").split()
    told = ("one_hot", "embedding", "projection")
    if classes == 0 or (name == "discriminator" and "projection" in way) or any(
            entry.split()[0] in told for entry in entries):
        return entries
    element_wise = ("relu", "leaky_relu", "sigmoid", "tanh", "dropout")
    place = next((i for i, entry in enumerate(entries) if entry.split()[0] not in element_wise), len(entries))
    as_vector = place == len(entries) or entries[place].split()[0] in ("dense", "maxout")
    layer = f"embedding {classes} {way[1]}" if way[0] == "embedding" else f"one_hot {classes}"
    return entries[:place] + (["flatten"] if name != "generator" and as_vector else []) + [layer] + entries[place:]


def make_network(name, tensors, config, classes):
    """A network with the weights of a checkpoint; a generator with their moving average, if there is one."""
    averaged = f"{name}.ema."
    weights = {key[len(name) + 1:]: tensor for key, tensor in tensors.items()
               if key.startswith(f"{name}.") and key.split(".")[1].isdigit()}
    weights.update({key[len(averaged):]: tensor for key, tensor in tensors.items() if key.startswith(averaged)})
    entries = [entry.strip() for entry in config[name]["layers"].split(",") if entry.strip()]
    entries = add_condition(name, entries, classes, config)
    if f"{len(entries)}.weight" in weights:  # the last layer, which a config implies
        entries.append(f"projection {classes}" if f"{len(entries)}.embedding" in weights else "dense")
    if name == "generator":
        entries.append(config[name]["output"])
    images, layers = name != "generator", []
    for i, entry in enumerate(entries):
        kind = entry.split()[0]
        weight = weights.get(f"{i}.weight", weights.get(f"{i}.weight_orig"))
        if kind in ("dense", "maxout", "projection") and images and i > 0:
            raise SystemExit(f"pytorch.py: {name}: '{entry}' of an image: gantrain keeps channels last: put 'flatten' "
                             "in front of it")
        images = kind in ("image", "conv", "deconv", "upsample", "pool") or (
            images and kind not in ("dense", "maxout", "projection", "flatten", "global_pool"))
        layer = make_layer(entry, weight, images)
        layers.append(nn.utils.spectral_norm(layer) if "spectral_norm" in entry.split() else layer)
    network = Network(*layers)
    missing, left_over = network.load_state_dict(weights, strict=False)
    missing = [key for key in missing if not key.endswith("num_batches_tracked")]
    if missing or left_over:
        raise SystemExit(f"pytorch.py: {name}: missing {missing}, left over {left_over}")
    return network.eval()


def read_checkpoint(path):
    tensors, metadata = read_safetensors(path)
    config = configparser.ConfigParser(interpolation=None)
    config.read_string(metadata["config"])
    return tensors, metadata, config


def count_classes(metadata):
    """A line for each class; 0 of a model that is told none."""
    return len(metadata.get("classes", "").splitlines())


def draw(options):
    tensors, metadata, config = read_checkpoint(options.checkpoint)
    classes = count_classes(metadata)
    network = make_network("generator", tensors, config, classes)
    height, width, channels = (int(metadata[f"image_{side}"]) for side in ("height", "width", "channels"))
    if options.z is not None:
        z = torch.tensor(numpy.load(options.z))
    else:
        torch.manual_seed(options.seed)
        z = torch.randn(options.count, config["generator"].getint("latent_dim"))
    if "codes.deviation" in tensors:  # an autoencoder, whose codes are not drawn to the prior
        z = tensors["codes.mean"] + tensors["codes.deviation"] * z
    elif "codes.covariance" in tensors:  # codes without an encoder: neither are these
        root = torch.linalg.cholesky(tensors["codes.covariance"])
        z = tensors["codes.mean"] + z @ root.T
    told = None
    if classes > 0:
        chosen = torch.arange(len(z)) % classes if options.chosen is None else torch.full((len(z),), options.chosen)
        told = nn.functional.one_hot(chosen, classes).float()
    with torch.no_grad():
        images = network(z, told)
    if images.dim() == 4:
        images = images.permute(0, 2, 3, 1)
    if config["generator"]["output"] == "tanh":
        images = (images + 1) / 2
    pixels = (images * 255 + 0.5).clamp(0, 255).to(torch.uint8).numpy()
    shape = (len(z), height, width, channels) if channels > 1 else (len(z), height, width)
    numpy.save(options.file, pixels.reshape(shape))


def save(options):
    tensors, metadata, config = read_checkpoint(options.checkpoint)
    kinds = ("generator", "discriminator", "encoder")
    names = [name for name in kinds if any(key.startswith(f"{name}.") for key in tensors)]
    networks = nn.ModuleDict({name: make_network(name, tensors, config, count_classes(metadata)) for name in names})
    write_safetensors(options.file, networks.state_dict())


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("command", choices=["draw", "save"])
    parser.add_argument("checkpoint")
    parser.add_argument("file")
    parser.add_argument("--z", help="latent vectors (count, latent_dim), float32")
    parser.add_argument("--count", type=int, default=64)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--class", type=int, dest="chosen", help="of all images; in turn if it is not given")
    options = parser.parse_args()
    {"draw": draw, "save": save}[options.command](options)


if __name__ == "__main__":
    main()
