#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Times the steps of a picture that a flow of RAE draws beside the reference's own network: the same random weights, Euler's steps, one run of each side in turn.

    rae_peer.py FOLDER --reference CHECKOUT [--size S|XL] [--precision fp32|bf16] [--guidance W] [--batch N]

CHECKOUT is a clone of bytetriper/RAE. Writes the checkpoint into FOLDER unless it is there: DiT^DH of that size for 768 channels on a grid of 16 x 16, beside a small encoder and decoder, which are not timed.
Needs torch, safetensors, timm, einops, regex and transformers (README.md beside this script) and the program tessera. Exit code 0 whoever is faster, 1 if a side could not be run, 2 for bad usage.
"""
import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[2]
GOAL = 1.5
CHANNELS, GRID, STEPS, CLASSES = 768, 16, 5, 1000  # steps after the first
SIZES = {"S": dict(hidden_size=[384, 2048], depth=[12, 2], num_heads=[6, 16]), "XL": dict(hidden_size=[1152, 2048], depth=[28, 2], num_heads=[16, 16])}


def network(reference, size):
    sys.path.insert(0, str(reference / "src"))
    from stage2.models.DDT import DiTwDDTHead
    return DiTwDDTHead(input_size=GRID, patch_size=1, in_channels=CHANNELS, mlp_ratio=4.0, class_dropout_prob=0.1, num_classes=CLASSES, use_qknorm=False, use_swiglu=True, use_rope=True,
                       use_rmsnorm=True, wo_shift=False, use_pos_embed=True, **SIZES[size]).eval()


def write_checkpoint(folder, model, size, guidance):
    import torch
    from safetensors.torch import save_file
    generator = torch.Generator().manual_seed(7)
    rand = lambda *shape: torch.empty(*shape).normal_(0, 0.02, generator=generator)
    ones = lambda *shape: torch.ones(*shape)

    def put(path, content):
        path = folder / path
        path.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, dict) and all(isinstance(value, torch.Tensor) for value in content.values()):
            if not path.exists():
                save_file({key: value.contiguous() for key, value in content.items()}, str(path))
        else:
            path.write_text(json.dumps(content))

    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if not name.endswith(("pos_embed", "t_embedder.W")):
                parameter.copy_(ones(*parameter.shape) if "norm" in name else rand(*parameter.shape))
    flow = {key: value.detach() for key, value in model.state_dict().items()}
    put("models/DiTs/flow.safetensors", flow)
    c, h = CHANNELS, 64
    encoder = {"embeddings.cls_token": rand(1, 1, c), "embeddings.register_tokens": rand(1, 4, c), "embeddings.position_embeddings": rand(1, GRID * GRID + 1, c), "embeddings.patch_embeddings.projection.weight": rand(c, 3, 14, 14),
               "embeddings.patch_embeddings.projection.bias": rand(c)}
    p = "encoder.layer.0."
    for name, (out, inner) in {"attention.attention.query": (c, c), "attention.attention.key": (c, c), "attention.attention.value": (c, c), "attention.output.dense": (c, c), "mlp.fc1": (c, c), "mlp.fc2": (c, c)}.items():
        encoder |= {p + name + ".weight": rand(out, inner), p + name + ".bias": rand(out)}
    for name in ("norm1", "norm2"):
        encoder |= {p + name + ".weight": ones(c), p + name + ".bias": rand(c)}
    encoder |= {p + "layer_scale1.lambda1": ones(c), p + "layer_scale2.lambda1": ones(c)}
    put("facebook/tiny/model.safetensors", encoder)
    put("facebook/tiny/config.json", dict(model_type="dinov2_with_registers", hidden_size=c, image_size=14 * GRID, patch_size=14, num_attention_heads=12, num_hidden_layers=1, num_register_tokens=4, mlp_ratio=1))
    put("facebook/tiny/preprocessor_config.json", dict(image_mean=[0.485, 0.456, 0.406], image_std=[0.229, 0.224, 0.225]))
    decoder = {"trainable_cls_token": rand(1, 1, h), "decoder_pos_embed": rand(1, GRID * GRID + 1, h)}
    for name, (out, inner) in {"decoder_embed": (h, c), "decoder_pred": (768, h)}.items():
        decoder |= {name + ".weight": rand(out, inner), name + ".bias": rand(out)}
    p = "decoder_layers.0."
    for name in ("attention.attention.query", "attention.attention.key", "attention.attention.value", "attention.output.dense", "intermediate.dense", "output.dense"):
        decoder |= {p + name + ".weight": rand(h, h), p + name + ".bias": rand(h)}
    for name in (p + "layernorm_before", p + "layernorm_after", "decoder_norm"):
        decoder |= {name + ".weight": ones(h), name + ".bias": rand(h)}
    put("models/decoders/decoder.safetensors", decoder)
    put("configs/decoder/config.json", dict(decoder_hidden_size=h, decoder_intermediate_size=h, decoder_num_attention_heads=4, decoder_num_hidden_layers=1))
    put("configs/sample.yaml", {
        "stage_1": {"target": "stage1.RAE", "params": dict(encoder_cls="Dinov2withNorm", encoder_config_path="facebook/tiny", encoder_input_size=14 * GRID, decoder_config_path="configs/decoder",
                                                           pretrained_decoder_path="models/decoders/decoder.safetensors")},
        "stage_2": {"target": "stage2.models.DDT.DiTwDDTHead", "ckpt": "models/DiTs/flow.safetensors", "params": dict(input_size=GRID, in_channels=CHANNELS, num_classes=CLASSES, mlp_ratio=4.0, **SIZES[size])},
        "sampler": {"params": {"sampling_method": "euler", "num_steps": STEPS + 2}}, "guidance": {"scale": guidance}})


def peer(model, precision, batch, guidance):
    """Euler's steps with the reference's network. Returns a function that gives the seconds of STEPS steps of `batch` pictures, after the first."""
    import torch
    shift = (CHANNELS * GRID * GRID / 4096) ** 0.5
    u = 1 - torch.linspace(0, 0.999, STEPS + 2)
    times = shift * u / (1 + (shift - 1) * u)
    if precision == "bf16":
        model = model.to(torch.bfloat16)
    dtype = next(model.parameters()).dtype

    def velocity(x, t, y):
        if guidance <= 1:
            return model(x.to(dtype), t.expand(len(x)).to(dtype), y).float()
        half = torch.cat([x, x]).to(dtype)
        return model.forward_with_cfg(half, t.expand(len(half)).to(dtype), torch.cat([y, torch.full_like(y, CLASSES)]), guidance)[:len(x)].float()

    def run():
        with torch.inference_mode():
            x, y = torch.randn(batch, CHANNELS, GRID, GRID), torch.zeros(batch, dtype=torch.long)
            begin = None
            for i in range(STEPS + 1):
                x = x + (times[i + 1] - times[i]) * velocity(x, times[i], y)
                if begin is None:
                    begin = time.perf_counter()
            x.flatten()[0].item()
            return time.perf_counter() - begin
    return run


def tessera_report(arguments):
    output = subprocess.run([str(arguments.tessera), "--json", "--precision", arguments.precision, "--threads", str(arguments.threads), "bench", "--model", str(arguments.folder), "--op", "generate",
                             "--batch", str(arguments.batch), "--runs", "2"], capture_output=True, text=True, check=True)
    return json.loads(output.stdout)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--reference", type=pathlib.Path, required=True)
    parser.add_argument("--size", choices=sorted(SIZES), default="S")
    parser.add_argument("--precision", choices=["bf16", "fp32"], default="fp32")
    parser.add_argument("--guidance", type=float, default=1.0)
    parser.add_argument("--batch", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--tessera", type=pathlib.Path, default=ROOT / "build" / "release" / "app" / "cli" / "tessera")
    arguments = parser.parse_args()
    import torch
    torch.set_num_threads(arguments.threads)
    torch.manual_seed(3)
    model = network(arguments.reference, arguments.size)
    write_checkpoint(arguments.folder, model, arguments.size, arguments.guidance)
    run = peer(model, arguments.precision, arguments.batch, arguments.guidance)
    run()
    ours, theirs = [], []
    for _ in range(arguments.rounds):
        try:
            ours.append(tessera_report(arguments)["items_per_second"])
        except subprocess.CalledProcessError as failure:
            print(f"tessera could not be run: {failure.stderr.strip()}", file=sys.stderr)
            return 1
        theirs.append(STEPS * arguments.batch / statistics.median(run() for _ in range(2)))
    print(json.dumps({"size": arguments.size, "precision": arguments.precision, "guidance": arguments.guidance, "batch": arguments.batch, "threads": arguments.threads, "rounds": arguments.rounds,
                      "tessera_steps_per_second": statistics.median(ours), "tessera_spread": [min(ours), max(ours)], "tessera_pictures_per_second_of_49_steps": statistics.median(ours) / 49,
                      "peer_steps_per_second": statistics.median(theirs), "peer_spread": [min(theirs), max(theirs)], "ratio": statistics.median(ours) / statistics.median(theirs), "goal": GOAL}, indent=2))
    return 0


if __name__ == "__main__":
    sys.exit(main())
