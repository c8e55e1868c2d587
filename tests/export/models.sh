# The checkpoints that exports are tested with: every kind of model, every kind of layer in a generator.
# Source it after lib.sh.

cat >layers.ini <<'INI'
[data]
range = 0:120
[generator]
latent_dim = 18
layers = dense 392 spectral_norm, image 8x7x7, batchnorm, relu, deconv 8 5 stride 2 spectral_norm, dropout 0.1 by_channel, leaky_relu, upsample 2, conv 8 3 spectral_norm, channel_max 2, batchnorm, pool 2 max, flatten, maxout 20 3, sigmoid, dense 432, image 12x6x6, pool 4, conv 12 1, tanh, global_pool, batchnorm
[discriminator]
layers = conv 6 4 stride 2 spectral_norm, leaky_relu, pool 2, deconv 5 3 stride 3, batchnorm, image 5x21x21, dense 12, tanh
[train]
epochs = 2
batch_size = 20
threads = 1
[output]
grid = 2x2
INI
idx 8 4 7200 20 10 12 3 >colours.idx

# Trains NAME, in a moment. checkpoint_of says where its checkpoint is.
train() { # NAME, ARGUMENT...
  run_expecting 0 --config layers.ini -q --out "$1" "${@:2}"
}
checkpoint_of() { # NAME
  echo "$1/checkpoints/latest.safetensors"
}

train gan
train images --set "generator.layers=dense 392, image 8x7x7, relu, deconv 4 4 stride 2 spectral_norm, leaky_relu, deconv 1 4 stride 2" --set generator.ema=0.9 \
  --set "discriminator.layers=conv 6 4 stride 2 spectral_norm, leaky_relu, flatten, dense 1 spectral_norm"
train told --set train.conditional=yes --set "generator.layers=dense 392, image 8x7x7, one_hot 10, leaky_relu, deconv 4 4 stride 2, embedding 10 3, upsample 2, conv 1 3" \
  --set "discriminator.layers=conv 6 4 stride 2, leaky_relu, flatten, dense 12, tanh"
train colours --set data.images=colours.idx --set data.range=0:20 --set generator.prior=uniform \
  --set generator.output=sigmoid --set "generator.layers=dense 12, leaky_relu" --set "discriminator.layers=conv 4 3, relu"
# The other kinds of models, without the sections of a GAN.
sed '/^\[generator\]/,/^\[train\]/{/^\[train\]/!d}' layers.ini >others.ini
train_other() { # KIND, ARGUMENT...
  run_expecting 0 --config others.ini -q --out "$1" --set "train.model=$1" "${@:2}"
}
decoder=(--set generator.latent_dim=18 --set generator.output=sigmoid --set "generator.layers=dense 24, relu")
for kind in autoencoder vae; do
  train_other $kind "${decoder[@]}" --set "encoder.layers=conv 4 4 stride 2, relu, flatten, dense 24, relu"
done
train_other codes "${decoder[@]}" --set train.codes=learned
train_other mixture
train_other ascent --set "discriminator.layers=dense 12, leaky_relu"
without_generator=(mixture ascent)
with_generator=(gan autoencoder vae codes)

for kind in $("$gantrain" help config | sed -n '/^model = /{n;s/.*(\(.*\))/\1/p}' | tr -d '|'); do
  check "the tests of exports have no model of kind $kind" \
    grep -qw "$kind" <<<"${without_generator[*]} ${with_generator[*]}"
done

# The largest difference between the bytes of two files of the same length.
difference() { # FILE, FILE
  cmp -l "$1" "$2" | awk 'function number(text) { return substr(text, 1, length(text) - 2) * 64 + substr(text, length(text) - 1, 1) * 8 + substr(text, length(text)) }
    { d = number("00" $2) - number("00" $3); d = d < 0 ? -d : d; if (d > most) most = d } END { print most + 0 }'
}

check_close() { # WHAT, FILE, FILE, MOST
  check "$1: another length" test "$(size_of "$2")" = "$(size_of "$3")"
  check "$1: pixels differ by $(difference "$2" "$3")" test "$(difference "$2" "$3")" -le "$4"
}

# Every kind of layer must be in these lists, but for one that takes a whole minibatch, and one of a discriminator.
for kind in $("$gantrain" help layers | sed -n 's/^  \([a-z_]*\).*/\1/p' | grep -vxE "minibatch_stddev|projection"); do
  [[ $("$gantrain" help layers) =~ "  $kind "[^$'\n']*"[spectral_norm]" ]] &&
    check "no generator of these tests has spectral_norm in a layer $kind" \
      grep -Eq "^layers = (.*[ ,])?$kind [^,]*spectral_norm" layers.ini
  check "no generator of these tests has a layer $kind" grep -Eq "^layers *= .*\b$kind\b" layers.ini told/config.ini
done
