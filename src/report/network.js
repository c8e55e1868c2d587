// Networks, run for one example at a time, and the latent vectors of `gantrain sample`. Numbers lie in memory as in
// the program: images with channels last, weights as PyTorch has them. Shapes are [channels, height, width].

const HALVES = Float32Array.from({ length: 65536 }, (_, bits) => {
  const exponent = bits >> 10 & 31, mantissa = bits & 1023;
  return (bits >> 15 ? -1 : 1) * (exponent ? (1 + mantissa / 1024) * 2 ** (exponent - 15) : mantissa / 1024 * 2 ** -14);
});

// Numbers of the page's data, which are halves or floats in base64.
function numbers({ f16, f32, scale }) {
  const { buffer } = Uint8Array.from(atob(f16 ?? f32), (letter) => letter.charCodeAt(0));
  return f32 ? new Float32Array(buffer) : Float32Array.from(new Uint16Array(buffer), (bits) => scale * HALVES[bits]);
}

const fill = (size, of) => Float64Array.from({ length: size }, (_, i) => of(i));
const sigmoid = (x) => 1 / (1 + Math.exp(-x));
function dot(a, b, from = 0) {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[from + i];
  return sum;
}
const affine = (weight, bias, x) => fill(bias.length, (row) => bias[row] + dot(x, weight, row * x.length));
const transpose = (x, rows) => fill(x.length, (i) => x[i % rows * (x.length / rows) + Math.floor(i / rows)]);

// y (out), each number of which is `of` its channel, row and column.
const gather = ([channels, height, width], of) => fill(channels * height * width, (i) =>
  of(i % channels, Math.floor(i / channels / width), Math.floor(i / channels) % width));

// Squares of pixels become one: their largest, or their mean.
const pool = ({ in: [channels, , width], out }, tall, wide, largest) => (x) => gather(out, (channel, row, column) => {
  const square = fill(tall * wide, (i) =>
    x[((row * tall + Math.floor(i / wide)) * width + column * wide + i % wide) * channels + channel]);
  return largest ? Math.max(...square) : square.reduce((sum, value) => sum + value) / square.length;
});

// What is told of the class: its row of a matrix; and the same beside every pixel of x.
const look = (told, matrix) => fill(matrix.length / told.length, (i) =>
  told.reduce((sum, share, row) => sum + share * matrix[row * matrix.length / told.length + i], 0));
const beside = ({ in: [channels, , width], out }, x, told) => gather(out, (channel, row, column) =>
  (channel < channels ? x[(row * width + column) * channels + channel] : told[channel - channels]));

// conv, or with `transposed` deconv: patches on a grid meet the pixels of an image, from which or to which they go.
const convolution = (transposed) => (layer, { weight, bias }) => {
  const [image, grid] = transposed ? [layer.out, layer.in] : [layer.in, layer.out];
  const [, size, stride, p] = layer.arguments, inputs = layer.in[0], outputs = layer.out[0], kernel = size * size;
  const pad = p >= 0 ? p : size > stride ? (size - stride + (stride > 1)) >> 1 : 0;
  const ordered = weight.map((_, at) => { // (pixel of the kernel, output, input)
    const input = at % inputs, output = Math.floor(at / inputs) % outputs, pixel = Math.floor(at / inputs / outputs);
    return weight[(transposed ? input * outputs + output : output * inputs + input) * kernel + pixel];
  });
  return (x) => {
    const y = gather(layer.out, (channel) => bias[channel]);
    for (let patch = 0; patch < grid[1] * grid[2]; patch++)
      for (let pixel = 0; pixel < kernel; pixel++) {
        const row = Math.floor(patch / grid[2]) * stride - pad + Math.floor(pixel / size);
        const column = patch % grid[2] * stride - pad + pixel % size, met = row * image[2] + column;
        if (row < 0 || row >= image[1] || column < 0 || column >= image[2]) continue;
        const [from, to] = transposed ? [patch * inputs, met * outputs] : [met * inputs, patch * outputs];
        const here = x.subarray(from, from + inputs);
        for (let output = 0; output < outputs; output++)
          y[to + output] += dot(here, ordered, (pixel * outputs + output) * inputs);
      }
    return y;
  };
};

// A row for each kind of layer: from its shapes, arguments and tensors to a function of x and of what is told: a class.
const LAYERS = {
  dense: (layer, { weight, bias }) => (x) => affine(weight, bias, x),
  maxout: ({ arguments: [units, pieces] }, { weight, bias }) => (x) => {
    const z = affine(weight, bias, x);
    return fill(units, (i) => Math.max(...fill(pieces, (piece) => z[piece * units + i])));
  },
  channel_max: ({ in: [from], out }) => (x) => gather(out, (channel, row, column) =>
    Math.max(...fill(from / out[0], (piece) => x[(row * out[2] + column) * from + piece * out[0] + channel]))),
  conv: convolution(false),
  deconv: convolution(true),
  relu: () => (x) => x.map((value) => Math.max(0, value)),
  leaky_relu: ({ arguments: [slope] }) => (x) => x.map((value) => (value > 0 ? value : slope * value)),
  sigmoid: () => (x) => x.map(sigmoid),
  tanh: () => (x) => x.map(Math.tanh),
  dropout: () => (x) => x,
  batchnorm: ({ in: [channels] }, { weight, bias, running_mean: means, running_var: variances }) => {
    const scale = weight.map((value, i) => value / Math.sqrt(variances[i] + 1e-5));
    return (x) => x.map((value, i) => (value - means[i % channels]) * scale[i % channels] + bias[i % channels]);
  },
  one_hot: (layer) => (x, told) => beside(layer, x, told),
  embedding: (layer, { weight }) => (x, told) => beside(layer, x, look(told, weight)),
  projection: (_, { weight, bias, embedding }) => (x, told) =>
    [affine(weight, bias, x)[0] + dot(x, look(told, embedding))],
  image: ({ out: [channels] }) => (x) => transpose(x, channels),
  flatten: ({ in: [channels] }) => (x) => transpose(x, x.length / channels),
  pool: (layer) => pool(layer, layer.arguments[0], layer.arguments[0], layer.arguments[1] === 1),
  global_pool: (layer) => pool(layer, layer.in[1], layer.in[2], false),
  upsample: ({ in: [channels, , width], out, arguments: [factor] }) => (x) => gather(out, (channel, row, column) =>
    x[(Math.floor(row / factor) * width + Math.floor(column / factor)) * channels + channel]),
};

// A function of x, and of the condition of a conditional model, that runs the layers.
function network(layers) {
  const steps = layers.map((layer) => LAYERS[layer.kind](layer,
    Object.fromEntries(Object.entries(layer.tensors).map(([name, values]) => [name, numbers(values)]))));
  return (x, told) => steps.reduce((y, step) => step(y, told), x);
}

// Four words of Philox4x32-10 (Salmon et al. 2011).
function philox(counter, key) {
  let [a, b, c, d] = counter.map(BigInt), [k, l] = key;
  for (let round = 0; round < 10; round++) {
    const first = a * 0xD2511F53n, second = c * 0xCD9E8D57n;
    [a, b, c, d] = [second >> 32n ^ b ^ k, second & 0xFFFFFFFFn, first >> 32n ^ d ^ l, first & 0xFFFFFFFFn];
    [k, l] = [k + 0x9E3779B9n & 0xFFFFFFFFn, l + 0xBB67AE85n & 0xFFFFFFFFn];
  }
  return [a, b, c, d].map((word) => Math.fround(Number(word >> 8n) + 0.5) * 2 ** -24); // in (0, 1]
}

// Two components of z from two numbers.
const PRIORS = {
  normal: (u, v) => [Math.cos, Math.sin].map((turn) => Math.sqrt(-2 * Math.log(u)) * turn(2 * Math.PI * v)),
  uniform: (u, v) => [u, v].map((part) => Math.sqrt(3) * (2 * part - 1)),
};

// z of image `number` of `gantrain sample --seed SEED`, a BigInt of 64 bits, by its address (base/rng.h: purpose 7).
function latent(prior, size, seed, number) {
  const key = [seed & 0xFFFFFFFFn, seed >> 32n];
  const blocks = Array.from({ length: Math.ceil(size / 4) }, (_, i) => philox([i + 7 * 2 ** 24, number, 0, 0], key));
  const z = blocks.flatMap(([a, b, c, d]) => [PRIORS[prior](a, b), PRIORS[prior](c, d)]).flat();
  return Float64Array.from(z.slice(0, size));
}

// The point at `part` of the way from a to b: on a great circle if the prior is round, else on a line.
function between(a, b, part, isRound) {
  const angle = Math.acos(Math.max(-1, Math.min(1, dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b)))));
  const sine = isRound ? Math.sin(angle) : 0, share = (way) => (sine > 1e-6 ? Math.sin(way * angle) / sine : way);
  return a.map((value, i) => share(1 - part) * value + share(part) * b[i]);
}
