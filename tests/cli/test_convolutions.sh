# Networks of convolutions from end to end: the summary, lists that cannot fit, a run that is killed and
# resumed, the same bytes on any number of threads, and every command that loads such a checkpoint.

source "$(dirname "$0")/lib.sh" "$@"

# Every kind of layer on images, and a convolution that src/nn/winograd.h makes (conv 32 4 stride 2).
cat >c.ini <<'INI'
[data]
range = 0:320
[generator]
latent_dim = 16
layers = dense 392, image 8x7x7, batchnorm, relu, deconv 8 4 stride 2, dropout 0.1 by_channel, leaky_relu, upsample 2, conv 1 3 spectral_norm
output_bias = marginals
ema = 0.9
[discriminator]
layers = conv 8 4 stride 2 spectral_norm, leaky_relu, pool 2 max, conv 32 3, conv 32 4 stride 2, channel_max 2, leaky_relu, pool 2, flatten, dense 32, image 8x2x2, global_pool, dense 1 spectral_norm
r1_gamma = 0.5
r1_every = 3
[train]
epochs = 4
batch_size = 20
threads = 1
backend = native
[output]
grid = 4x4
keep = 6
INI

# --- The summary ---

run_expecting 0 --config c.ini --dry-run
check_prints "deconv 8 4 stride 2 +8x7x7 -> 8x14x14 "
check_prints "dropout 0.1 by_channel +8x14x14 -> 8x14x14 "
check_prints "conv 1 3 spectral_norm +8x28x28 -> 1x28x28 "
check_prints "MFLOP an image"
check_prints "MB of it for patches of convolutions"

# --- Lists that cannot fit ---

refuse() { # SECTION, LAYERS, REGEX
  expect_error 2 "$3" --config c.ini --dry-run --set "$1.layers=$2"
}
refuse generator "dense 392, image 8x7x7, deconv 1 4 stride 2" \
  "\[generator\] layers: .*image of 1x14x14, but the data are 1x28x28"
refuse generator "dense 390, image 8x7x7" "layer 2: 'image': 8x7x7 has 392 numbers, and its input 390 has 390"
refuse discriminator "conv 8 31 pad 0" "layer 1: 'conv': a kernel of 31x31 is larger than its input 1x28x28"
refuse discriminator "pool 2, pool 15" "layer 2: 'pool': squares of 15x15 leave nothing of its input 1x14x14"
refuse discriminator "conv 9 3, channel_max 2" "layer 2: 'channel_max': PIECES 2 does not divide the 9 channels"
refuse discriminator "conv 8 3 stride" "layer 1: S of 'conv'"

# --- Killed and resumed; on one thread and on three ---

train() { # DIRECTORY, ARGUMENT...
  mkdir -p "$1"
  (cd "$1" && timeout 120 "$gantrain" --config ../c.ini --out run -q "${@:2}" >../.stdout 2>../.stderr)
  status=$?
  check "$1: status $status" test "$status" = 0
}
check_same() { # DIRECTORY
  check "$1: another checkpoint" cmp whole/run/checkpoints/epoch-0004.safetensors \
    "$1/run/checkpoints/epoch-0004.safetensors"
  check "$1: another history" diff <(history whole/run) <(history "$1/run")
  check "$1: other pictures" diff -r whole/run/samples "$1/run/samples"
}
train whole
mkdir killed
(cd killed && exec "$gantrain" --config ../c.ini --out run -q 2>/dev/null) &
wait_until has_epoch killed/run/metrics.csv 2
kill -KILL $!
wait $! 2>/dev/null
train killed --resume
check_same killed

# The number of threads is part of the config that a checkpoint holds, so the weights are compared.
train threads --set train.threads=3
check "three threads give another history" diff <(history whole/run) <(history threads/run)
check "three threads give other pictures" diff -r whole/run/samples threads/run/samples

# --- Commands ---

run_expecting 0 inspect whole/run/checkpoints/latest.safetensors
check_prints "generator.4.weight +F32 +8 x 8 x 4 x 4 "
check_prints "discriminator.0.weight_orig +F32 +8 x 1 x 4 x 4 "
check_prints "discriminator.0.weight_u +F32 +8 "
check_prints "^generator: [0-9]+ parameters, [0-9.]+ MFLOP an image$"
check_prints "conv 8 4 stride 2 spectral_norm +1x28x28 -> 8x14x14 +136 +0.0502 MFLOP$"
check_prints "discriminator.0.weight_v +F32 +16 "
check_prints "discriminator.12.weight_orig +F32 +1 x 8 "
check "a layer after the logit" test "$(grep -c "discriminator.13" .stdout)" = 0
run_expecting 0 sample whole/run/checkpoints/latest.safetensors --out grid.png
check "a grid" test -s grid.png

finish
