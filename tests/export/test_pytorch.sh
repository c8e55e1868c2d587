# examples/pytorch.py: PyTorch draws from a checkpoint's own z the pixels of `gantrain sample`, within one level, and
# what it saves draws the same again after an import. Skipped where PyTorch is not to be had.

source "$(dirname "$0")/../cli/lib.sh" "$@"
script=$2/examples/pytorch.py

python=
for candidate in python3 /usr/bin/python3; do
  if "$candidate" -c 'import numpy, torch' 2>/dev/null; then
    python=$candidate
    break
  fi
done
if [[ -z $python ]]; then
  echo "skipped: PyTorch is not here (packages python3-torch, python3-numpy)"
  exit 77
fi
source "$2/tests/export/models.sh"

# z of images 0 to 2 of seed 7: what the program in an exported generator draws.
draw_z() { # NAME
  "$gantrain" export "$(checkpoint_of "$1")" -o "$1.c" 2>/dev/null
  cat >draw.c <<C
#define main program_main
#include "$1.c"
#undef main
int main(void) {
    uint32_t word[4], i, k;
    float z[$1_latent + 3];
    for (i = 0; i < 3; i++) {
        for (k = 0; k < $1_latent; k += 4) {
            $1_random(word, k / 4, i, 7);
            $1_draw(z + k, word);
        }
        fwrite(z, sizeof *z, $1_latent, stdout);
    }
    return 0;
}
C
  "${CC:-cc}" -D"$1_MAIN" draw.c -lm -o draw 2>/dev/null && ./draw >z.bin
  "$python" -c 'import numpy; numpy.save("z.npy", numpy.fromfile("z.bin", "<f4").reshape(3, -1))'
}

for name in gan colours autoencoder codes; do
  draw_z $name
  check "$name: pytorch.py draw fails" "$python" "$script" draw "$(checkpoint_of $name)" drawn.npy --z z.npy
  run_expecting 0 sample "$(checkpoint_of $name)" -n 3 -s 7 -o sampled.npy
  check_close "$name" drawn.npy sampled.npy 1
done

# Of one class: where the list of layers says how it is told (told), where train.condition does, of both networks.
train one_hot --set train.conditional=yes --set "generator.layers=dense 24, relu" --set "discriminator.layers=dropout 0.1, dense 12, tanh"
train projected --set train.conditional=yes --set "train.condition=embedding 3 projection" \
  --set "generator.layers=dense 24, relu" --set "discriminator.layers=conv 6 4 stride 2 spectral_norm, leaky_relu, flatten, dense 12, tanh"
for name in told one_hot projected; do
  draw_z $name
  check "$name: pytorch.py draw fails" "$python" "$script" draw "$(checkpoint_of $name)" drawn.npy --z z.npy --class 3
  run_expecting 0 sample "$(checkpoint_of $name)" -n 3 -s 7 --class 3 -o sampled.npy
  check_close "$name" drawn.npy sampled.npy 1
done
"$python" "$script" draw "$(checkpoint_of told)" drawn.npy --z z.npy --class 4
check "another class has the same images" test "$(difference drawn.npy sampled.npy)" != 0

for name in images vae told one_hot projected; do
  check "$name: pytorch.py save fails" "$python" "$script" save "$(checkpoint_of $name)" $name.safetensors
  run_expecting 0 import $name.safetensors --config $name/config.ini -o $name-again
  check_says "tensors of $name.safetensors$"
  run_expecting 0 sample "$(checkpoint_of $name)" -n 3 -o before.idx
  run_expecting 0 sample "$(checkpoint_of $name-again)" -n 3 -o after.idx
  check "$name: other images after the way out and back" cmp before.idx after.idx
done

finish
