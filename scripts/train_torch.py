#!/usr/bin/env python3
"""The baseline that samples are compared with: the networks of examples/mnist.ini in PyTorch, trained plainly.

    scripts/train_torch.py IMAGES.gz OUT [--epochs 20,50] [--seed 0] [--samples 10000]

Trains G 100-256-512-1024-784 and D 784-512-256-1 on an IDX file with Adam (2e-4, beta1 0.5), batch 64, one
discriminator and one generator update an iteration, non-saturating loss: what most public scripts do. After each of
the listed epochs it writes OUT-SEED-EPOCH.npy, uint8 (samples, 28, 28), for

    gantrain eval --images OUT-0-20.npy --config examples/mnist.ini

Needs python3, torch and numpy (packages python3-torch, python3-numpy).
"""
import argparse
import gzip

import numpy
import torch
from torch import nn

LATENT, BATCH, SLOPE = 100, 64, 0.2


def parse():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("images")
    parser.add_argument("out")
    parser.add_argument("--epochs", default="20,50", help="when to write samples; the last one ends the training")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--samples", type=int, default=10000)
    return parser.parse_args()


def read_images(path):
    with gzip.open(path) as file:
        header = numpy.frombuffer(file.read(16), ">u4")
        pixels = numpy.frombuffer(file.read(), numpy.uint8)
    return torch.tensor(pixels.reshape(header[1], -1) / 127.5 - 1, dtype=torch.float32), header[2:]


def mlp(widths, last):
    layers = []
    for width_in, width_out in zip(widths, widths[1:]):
        layers += [nn.Linear(width_in, width_out), nn.LeakyReLU(SLOPE)]
    return nn.Sequential(*layers[:-1], *last)


def main():
    options = parse()
    ends = sorted(int(epoch) for epoch in options.epochs.split(","))
    torch.manual_seed(options.seed)
    data, shape = read_images(options.images)
    pixels = data.shape[1]
    generator = mlp([LATENT, 256, 512, 1024, pixels], [nn.Tanh()])
    discriminator = mlp([pixels, 512, 256, 1], [])
    adam = {"lr": 2e-4, "betas": (0.5, 0.999)}
    optimizer_g = torch.optim.Adam(generator.parameters(), **adam)
    optimizer_d = torch.optim.Adam(discriminator.parameters(), **adam)
    loss_of = nn.BCEWithLogitsLoss()
    one, zero = torch.ones(BATCH, 1), torch.zeros(BATCH, 1)
    for epoch in range(1, ends[-1] + 1):
        order = torch.randperm(len(data))
        for first in range(0, len(data) - BATCH + 1, BATCH):
            real = data[order[first:first + BATCH]]
            with torch.no_grad():
                fake = generator(torch.randn(BATCH, LATENT))
            loss = loss_of(discriminator(real), one) + loss_of(discriminator(fake), zero)
            optimizer_d.zero_grad()
            loss.backward()
            optimizer_d.step()
            loss = loss_of(discriminator(generator(torch.randn(BATCH, LATENT))), one)
            optimizer_g.zero_grad()
            loss.backward()
            optimizer_g.step()
        print("seed", options.seed, "epoch", epoch, flush=True)
        if epoch in ends:
            with torch.no_grad():
                samples = generator(torch.randn(options.samples, LATENT))
            samples = ((samples + 1) * 127.5).round().clamp(0, 255).to(torch.uint8).numpy()
            numpy.save("%s-%d-%d.npy" % (options.out, options.seed, epoch), samples.reshape(-1, *shape))


main()
