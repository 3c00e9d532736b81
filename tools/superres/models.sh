#!/bin/sh
# Trains the networks that come with the program, and measures them on Set5:
#
#     tools/superres/models.sh PLEAT DATA RUNS OUT [NAME]...
#
# PLEAT is the built program, DATA a folder with T91, General100 and Set5, RUNS one for checkpoints and
# logs, OUT the one for the networks (share/models). Without a NAME it makes all of them, one after
# another: fsrcnn_x2 fsrcnn_x3 fsrcnn_x4, which upscale takes by itself, and fsrcnn_t91_x2 ...
# fsrcnn_s_t91_x4, trained on T91 alone as the paper's. Stopped at any moment and started again it goes on
# where it was, and ends in the same bits: the trainings are told by epochs and seeds. What is done
# already is not done again.
# Epochs make some 37 000 steps on T91, and twice as many on both sets; EPOCHS sets another number.
set -eu

[ $# -ge 4 ] || { sed -n '2,14s/^# \{0,1\}//p' "$0" >&2; exit 2; }
pleat=$1 data=$2 runs=$3 out=$4
shift 4
[ $# -gt 0 ] || set -- fsrcnn_x2 fsrcnn_x3 fsrcnn_x4 fsrcnn_t91_x2 fsrcnn_t91_x3 fsrcnn_t91_x4 \
    fsrcnn_s_t91_x2 fsrcnn_s_t91_x3 fsrcnn_s_t91_x4
mkdir -p "$runs" "$out"
trap 'exit 130' INT # a training that is interrupted ends well, but is not done

for name; do
    case $name in
    fsrcnn_x2) network=fsrcnn epochs=38 ;;
    fsrcnn_x3) network=fsrcnn epochs=87 ;;
    fsrcnn_x4) network=fsrcnn epochs=95 ;;
    fsrcnn_t91_x2) network=fsrcnn epochs=85 ;;
    fsrcnn_t91_x3) network=fsrcnn epochs=195 ;;
    fsrcnn_t91_x4) network=fsrcnn epochs=210 ;;
    fsrcnn_s_t91_x2) network=fsrcnn-s epochs=85 ;;
    fsrcnn_s_t91_x3) network=fsrcnn-s epochs=195 ;;
    fsrcnn_s_t91_x4) network=fsrcnn-s epochs=210 ;;
    *) echo "models.sh: there is no network $name" >&2; exit 2 ;;
    esac
    case $name in
    *t91*) sets="--data $data/T91" ;;
    *) sets="--data $data/T91 --data $data/General100" ;;
    esac
    scale=${name##*_x}
    if [ ! -e "$runs/$name.done" ]; then
        resume=
        for checkpoint in "$runs/$name"/step-*.safetensors; do
            [ ! -e "$checkpoint" ] || resume=--resume
        done
        # shellcheck disable=SC2086
        "$pleat" train superres $sets --scale "$scale" --network $network --epochs "${EPOCHS:-$epochs}" \
            --seed 1 --checkpoints "$runs/$name" --log "$runs/$name.csv" --curve "$runs/$name.png" \
            --out "$runs/$name.safetensors" $resume
        : >"$runs/$name.done"
    fi
    cp "$runs/$name.safetensors" "$out/$name.safetensors"
    "$pleat" eval superres "$out/$name.safetensors" --data "$data/Set5" | tee "$runs/$name.txt"
done
