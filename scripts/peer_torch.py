"""The peer of `gantrain bench`: the same iteration in PyTorch. Called by scripts/bench-peers.

One iteration is Algorithm 1: k discriminator updates, each on a fresh minibatch and fresh noise, then one
generator update with the non-saturating loss; Adam for both. With --vae it is an update of a variational
autoencoder. Prints one line of JSON: the median milliseconds
per iteration, timed one by one after a warm-up, as gantrain does.
"""
import argparse
import contextlib
import itertools
import json
import statistics
import time

import torch
from torch import nn


def mlp(sizes, last):
    layers = []
    for width_in, width_out in zip(sizes, sizes[1:]):
        layers += [nn.Linear(width_in, width_out), nn.LeakyReLU(0.2, inplace=True)]
    return nn.Sequential(*layers[:-1], *last)


class Maxout(nn.Module):
    def __init__(self, width_in, units, pieces):
        super().__init__()
        self.dense, self.units, self.pieces = nn.Linear(width_in, units * pieces), units, pieces

    def forward(self, x):
        return self.dense(x).view(-1, self.pieces, self.units).max(1)[0]


def pair_of_2014(latent, pixels):
    """The networks of examples/goodfellow2014-mnist.ini."""
    generator = nn.Sequential(nn.Linear(latent, 1200), nn.ReLU(inplace=True), nn.Linear(1200, 1200),
                              nn.ReLU(inplace=True), nn.Linear(1200, pixels), nn.Sigmoid())
    discriminator = nn.Sequential(nn.Dropout(0.2), Maxout(pixels, 240, 5), nn.Dropout(0.5), Maxout(240, 240, 5),
                                  nn.Dropout(0.5), nn.Linear(240, 1))
    return generator, discriminator


def pair_of_convolutions(latent, channels, side):
    """A small deconvolutional generator and a convolutional discriminator."""
    quarter = side // 4
    generator = nn.Sequential(nn.Linear(latent, 128 * quarter ** 2), nn.LeakyReLU(0.2, inplace=True),
                              nn.Unflatten(1, (128, quarter, quarter)), nn.ConvTranspose2d(128, 64, 4, 2, 1),
                              nn.LeakyReLU(0.2, inplace=True), nn.ConvTranspose2d(64, channels, 4, 2, 1), nn.Tanh())
    discriminator = nn.Sequential(nn.Conv2d(channels, 64, 4, 2, 1), nn.LeakyReLU(0.2, inplace=True),
                                  nn.Conv2d(64, 128, 4, 2, 1), nn.LeakyReLU(0.2, inplace=True), nn.Flatten(),
                                  nn.Linear(128 * quarter ** 2, 1))
    return generator, discriminator


class Vae(nn.Module):
    """The networks of examples/vae.ini. Its value is -ELBO: a sum over pixels, a mean over the minibatch."""

    def __init__(self, pixels, hidden, codes):
        super().__init__()
        self.encoder = nn.Sequential(nn.Linear(pixels, hidden), nn.ReLU(inplace=True), nn.Linear(hidden, 2 * codes))
        self.decoder = nn.Sequential(nn.Linear(codes, hidden), nn.ReLU(inplace=True), nn.Linear(hidden, pixels))

    def forward(self, images):
        mean, log_variance = self.encoder(images).float().chunk(2, 1)
        code = mean + torch.randn_like(mean) * (log_variance / 2).exp()
        logits = self.decoder(code).float()
        bits = nn.functional.binary_cross_entropy_with_logits(logits, images, reduction="sum")
        divergence = (mean ** 2 + log_variance.exp() - 1 - log_variance).sum() / 2
        return (bits + divergence) / len(images)


def parse():
    parser = argparse.ArgumentParser()
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--d-steps", type=int, default=1)
    parser.add_argument("--generator", default="256,512,1024", help="widths of the hidden layers")
    parser.add_argument("--discriminator", default="512,256")
    parser.add_argument("--paper", action="store_true", help="the pair of 2014, with SGD, in place of the widths")
    parser.add_argument("--convolutions", metavar="CxS", help="the convolutional pair, on images of C channels and S x S")
    parser.add_argument("--vae", action="store_true", help="the networks of examples/vae.ini in place of the pair")
    parser.add_argument("--iterations", type=int, default=100)
    parser.add_argument("--bf16", action="store_true", help="bf16 autocast")
    return parser.parse_args()


def widths(text):
    return [int(width) for width in text.split(",")]


def minibatches(options, count, shape):
    """A function that returns the next minibatch of a set of random images in [-1, 1]."""
    data = torch.rand(count, *shape) * 2 - 1
    order = torch.randperm(count)
    starts = itertools.cycle(range(0, count - options.batch, options.batch))

    def next_minibatch():
        start = next(starts)
        return data[order[start:start + options.batch]]

    return next_minibatch


def precision(options):
    return torch.autocast("cpu", dtype=torch.bfloat16) if options.bf16 else contextlib.nullcontext()


def descend(optimizer, loss):
    optimizer.zero_grad(set_to_none=True)
    loss.backward()
    optimizer.step()


def vae_iteration(options):
    minibatch = minibatches(options, 60000, (784,))
    vae = Vae(784, 400, 20)
    optimizer = torch.optim.Adam(vae.parameters(), lr=1e-3)

    def iterate():
        images = minibatch() / 2 + 0.5
        with precision(options):
            loss = vae(images)
        descend(optimizer, loss)

    return iterate


def gan_iteration(options):
    shape, latent, batch = (784,), 100, options.batch
    if options.convolutions:
        channels, side = map(int, options.convolutions.split("x"))
        shape, latent = (channels, side, side), 64
        generator, discriminator = pair_of_convolutions(latent, channels, side)
    else:
        generator = mlp([latent, *widths(options.generator), *shape], [nn.Tanh()])
        discriminator = mlp([*shape, *widths(options.discriminator), 1], [])
    adam = {"lr": 2e-4, "betas": (0.5, 0.999)}
    optimizer_g = torch.optim.Adam(generator.parameters(), **adam)
    optimizer_d = torch.optim.Adam(discriminator.parameters(), **adam)
    if options.paper:
        generator, discriminator = pair_of_2014(latent, *shape)
        optimizer_g = torch.optim.SGD(generator.parameters(), lr=0.1, momentum=0.5)
        optimizer_d = torch.optim.SGD(discriminator.parameters(), lr=0.05, momentum=0.5)
    loss_of = nn.BCEWithLogitsLoss()
    real_target, fake_target = torch.ones(batch, 1), torch.zeros(batch, 1)
    minibatch = minibatches(options, 10000 if options.convolutions else 60000, shape)

    def iterate():
        for _ in range(options.d_steps):
            real = minibatch()
            with precision(options):
                with torch.no_grad():
                    fake = generator(torch.randn(batch, latent))
                loss = (loss_of(discriminator(real).float(), real_target)
                        + loss_of(discriminator(fake).float(), fake_target))
            descend(optimizer_d, loss)
        with precision(options):
            loss = loss_of(discriminator(generator(torch.randn(batch, latent))).float(), real_target)
        descend(optimizer_g, loss)

    return iterate


def main():
    options = parse()
    torch.set_num_threads(options.threads)
    torch.manual_seed(0)
    iterate = vae_iteration(options) if options.vae else gan_iteration(options)
    for _ in range(20):
        iterate()
    seconds = []
    for _ in range(options.iterations):
        start = time.perf_counter()
        iterate()
        seconds.append(time.perf_counter() - start)
    print(json.dumps({"ms_per_iteration": statistics.median(seconds) * 1e3, "version": torch.__version__}))


main()
