#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Times OpenVision 3's encode and decode, and a LLaVA's tokens, beside PyTorch: the same random weights, one run of each side in turn.

    image_text_peers.py openvision3 FOLDER [--precision bf16|fp32]      a ViT-B over a VAE of FLUX.1's size, 256x256, in our complete layout
    image_text_peers.py llava FOLDER [--precision bf16|fp32]            a LLaMA of 0.4 G parameters behind a small CLIP, greedy, transformers' generate

Writes the checkpoint into FOLDER unless it is there. Needs torch, diffusers, transformers (README.md beside this script) and the program tessera.
Exit code 0 whoever is faster, 1 if a side could not be run, 2 for bad usage.
"""
import argparse
import json
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[2]
GOALS = {"openvision3": 1.2, "llava": 1.5}
TOKENS = 32  # as tessera bench --op generate says
WIDTH, LAYERS, HEADS, GRID, LATENTS = 768, 12, 12, 16, 16


def vision_tensors(torch, gen):
    """A ViT-B/2 over latents of 32x32x16 by open_clip's names."""
    rand = lambda *shape: torch.randn(*shape, generator=gen) * 0.02
    t = {"visual.conv1.weight": rand(WIDTH, LATENTS, 2, 2), "visual.class_embedding": rand(WIDTH), "visual.positional_embedding": rand(1 + GRID * GRID, WIDTH),
         "visual.ln_post.weight": torch.ones(WIDTH), "visual.ln_post.bias": torch.zeros(WIDTH), "visual.proj": rand(WIDTH, WIDTH)}
    for i in range(LAYERS):
        p = f"visual.transformer.resblocks.{i}."
        t |= {p + "ln_1.weight": torch.ones(WIDTH), p + "ln_1.bias": torch.zeros(WIDTH), p + "ln_2.weight": torch.ones(WIDTH), p + "ln_2.bias": torch.zeros(WIDTH),
              p + "attn.in_proj_weight": rand(3 * WIDTH, WIDTH), p + "attn.in_proj_bias": rand(3 * WIDTH), p + "attn.out_proj.weight": rand(WIDTH, WIDTH),
              p + "attn.out_proj.bias": rand(WIDTH), p + "mlp.c_fc.weight": rand(4 * WIDTH, WIDTH), p + "mlp.c_fc.bias": rand(4 * WIDTH),
              p + "mlp.c_proj.weight": rand(WIDTH, 4 * WIDTH), p + "mlp.c_proj.bias": rand(WIDTH)}
    return t


def decoder_tensors(torch, gen):
    """A ViT-B decoder by timm's names."""
    rand = lambda *shape: torch.randn(*shape, generator=gen) * 0.02
    t = {"patch_embed.proj.weight": rand(WIDTH, WIDTH, 1, 1), "patch_embed.proj.bias": rand(WIDTH), "pos_embed": rand(1, GRID * GRID, WIDTH),
         "norm.weight": torch.ones(WIDTH), "norm.bias": torch.zeros(WIDTH), "head.weight": rand(LATENTS * 4, WIDTH), "head.bias": rand(LATENTS * 4)}
    for i in range(LAYERS):
        p = f"blocks.{i}."
        t |= {p + "norm1.weight": torch.ones(WIDTH), p + "norm1.bias": torch.zeros(WIDTH), p + "norm2.weight": torch.ones(WIDTH), p + "norm2.bias": torch.zeros(WIDTH),
              p + "attn.qkv.weight": rand(3 * WIDTH, WIDTH), p + "attn.qkv.bias": rand(3 * WIDTH), p + "attn.proj.weight": rand(WIDTH, WIDTH), p + "attn.proj.bias": rand(WIDTH),
              p + "mlp.fc1.weight": rand(4 * WIDTH, WIDTH), p + "mlp.fc1.bias": rand(4 * WIDTH), p + "mlp.fc2.weight": rand(WIDTH, 4 * WIDTH), p + "mlp.fc2.bias": rand(WIDTH)}
    return t


def write_openvision3(folder):
    import torch
    from safetensors.torch import save_file
    if (folder / "openvision3.json").exists():
        return
    gen = torch.Generator().manual_seed(7)
    for name in ("encoder", "decoder"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    subprocess.run([sys.executable, str(HERE / "make_flux_checkpoint.py"), str(folder / "vae")], check=True)
    save_file(vision_tensors(torch, gen), str(folder / "encoder" / "open_clip_model.safetensors"))
    vision = {"image_size": 32, "layers": LAYERS, "width": WIDTH, "patch_size": 2, "in_channels": LATENTS, "no_ln_pre": True, "pool_type": "avg", "final_ln_after_pool": True,
              "head_width": WIDTH // HEADS, "output_tokens": True}
    (folder / "encoder" / "open_clip_config.json").write_text(json.dumps({"model_cfg": {"embed_dim": WIDTH, "vision_cfg": vision, "text_cfg": {"no_causal_mask": True}}}))
    save_file(decoder_tensors(torch, gen), str(folder / "decoder" / "model.safetensors"))
    (folder / "decoder" / "config.json").write_text(json.dumps({
        "model_type": "openvision3_decoder", "in_dim": WIDTH, "embed_dim": WIDTH, "depth": LAYERS, "num_heads": HEADS, "mlp_ratio": 4.0, "patch_size": 1, "grid_size": [GRID, GRID],
        "upsample": 2, "latent_channels": LATENTS, "layer_norm_eps": 1e-6, "hidden_act": "gelu"}))
    (folder / "openvision3.json").write_text(json.dumps({"format": "openvision3-complete", "version": 1, "vae": "vae", "encoder": "encoder", "decoder": "decoder"}))


def openvision3_peer(folder, precision):
    """Encode and decode in plain PyTorch over diffusers' VAE, channels-last in bf16."""
    import torch
    import torch.nn.functional as F
    from diffusers import AutoencoderKL
    from safetensors.torch import load_file
    dtype = torch.bfloat16 if precision == "bf16" else torch.float32
    layout = torch.channels_last if precision == "bf16" else torch.contiguous_format
    vae = AutoencoderKL.from_pretrained(str(folder / "vae"), torch_dtype=dtype).eval().to(memory_format=layout)
    enc = {k.removeprefix("visual."): v.to(dtype) for k, v in load_file(str(folder / "encoder" / "open_clip_model.safetensors")).items()}
    dec = {k: v.to(dtype) for k, v in load_file(str(folder / "decoder" / "model.safetensors")).items()}
    scale = vae.config.scaling_factor

    def block(x, w, p, names):
        n1, qkv, qkv_b, out, n2, fc1, fc2 = names
        norm = lambda y, n: F.layer_norm(y, (WIDTH,), w[p + n + ".weight"], w[p + n + ".bias"], 1e-6)
        lin = lambda y, n: F.linear(y, w[p + n + ".weight"], w[p + n + ".bias"])
        q, k, v = F.linear(norm(x, n1), w[p + qkv], w[p + qkv_b]).unflatten(-1, (3, HEADS, WIDTH // HEADS)).permute(2, 0, 3, 1, 4)
        x = x + lin(F.scaled_dot_product_attention(q, k, v).transpose(1, 2).flatten(2), out)
        return x + lin(F.gelu(lin(norm(x, n2), fc1)), fc2)

    clip = ("ln_1", "attn.in_proj_weight", "attn.in_proj_bias", "attn.out_proj", "ln_2", "mlp.c_fc", "mlp.c_proj")
    timm = ("norm1", "attn.qkv.weight", "attn.qkv.bias", "attn.proj", "norm2", "mlp.fc1", "mlp.fc2")
    image = torch.rand(1, 3, 256, 256).to(dtype).contiguous(memory_format=layout)

    def run():
        with torch.inference_mode():
            z = vae.encode(image * 2 - 1).latent_dist.mean * scale
            x = F.conv2d(z, enc["conv1.weight"], stride=2).flatten(2).transpose(1, 2)
            x = torch.cat([enc["class_embedding"].expand(1, 1, -1), x], 1) + enc["positional_embedding"]
            for i in range(LAYERS):
                x = block(x, enc, f"transformer.resblocks.{i}.", clip)
            x = F.linear(x[:, 1:], dec["patch_embed.proj.weight"].flatten(1), dec["patch_embed.proj.bias"]) + dec["pos_embed"]
            for i in range(LAYERS):
                x = block(x, dec, f"blocks.{i}.", timm)
            x = F.linear(F.layer_norm(x, (WIDTH,), dec["norm.weight"], dec["norm.bias"], 1e-6), dec["head.weight"], dec["head.bias"])
            z = F.pixel_shuffle(x.transpose(1, 2).unflatten(2, (GRID, GRID)), 2).contiguous(memory_format=layout)
            vae.decode(z / scale)
    return run, 1


def write_llava(folder):
    import torch
    from transformers import CLIPVisionConfig, LlamaConfig, LlavaConfig, LlavaForConditionalGeneration
    if (folder / "config.json").exists():
        return
    torch.manual_seed(7)
    vision = CLIPVisionConfig(hidden_size=64, intermediate_size=128, image_size=28, patch_size=7, num_hidden_layers=2, num_attention_heads=4, projection_dim=32)
    text = LlamaConfig(vocab_size=32064, hidden_size=1024, intermediate_size=2816, num_hidden_layers=24, num_attention_heads=16, num_key_value_heads=16, max_position_embeddings=2048)
    model = LlavaForConditionalGeneration(LlavaConfig(vision_config=vision, text_config=text, image_token_index=560, vision_feature_layer=-2))
    model.save_pretrained(str(folder))
    tokenizer = ROOT / "tests" / "golden" / "llava" / "llava15_full_single" / "model"
    for name in ("tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "added_tokens.json", "generation_config.json"):
        shutil.copy(tokenizer / name, folder / name)


def llava_peer(folder, precision):
    import torch
    from transformers import LlavaForConditionalGeneration
    dtype = torch.bfloat16 if precision == "bf16" else torch.float32
    model = LlavaForConditionalGeneration.from_pretrained(str(folder), dtype=dtype).eval()
    # The prompt that tessera bench gives: 16 tokens of the picture among the question's.
    ids = torch.cat([torch.tensor([1, 30, 40]), torch.full((16,), 560), torch.randint(5, 500, (40,))])[None]
    pixels = torch.rand(1, 3, 28, 28).to(dtype)

    def run():
        with torch.inference_mode():
            out = model.generate(input_ids=ids, pixel_values=pixels, attention_mask=torch.ones_like(ids), do_sample=False, min_new_tokens=TOKENS, max_new_tokens=TOKENS, pad_token_id=0)
        assert out.shape[1] == ids.shape[1] + TOKENS
    return run, TOKENS


def tessera_seconds(arguments, op):
    output = subprocess.run([str(arguments.tessera), "--json", "--precision", arguments.precision, "bench", "--model", str(arguments.folder), "--op", op, "--runs", "3"],
                            capture_output=True, text=True, check=True, env=dict(os.environ, OMP_NUM_THREADS=str(arguments.threads)))
    report = json.loads(output.stdout)
    return 1 / report["items_per_second"]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=sorted(GOALS))
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--precision", choices=["bf16", "fp32"], default="bf16")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--tessera", type=pathlib.Path, default=ROOT / "build" / "release" / "app" / "cli" / "tessera")
    arguments = parser.parse_args()
    import torch
    torch.set_num_threads(arguments.threads)
    {"openvision3": write_openvision3, "llava": write_llava}[arguments.what](arguments.folder)
    peer, items = {"openvision3": openvision3_peer, "llava": llava_peer}[arguments.what](arguments.folder, arguments.precision)
    op = {"openvision3": "reconstruct", "llava": "generate"}[arguments.what]
    peer()
    ours, theirs = [], []
    for _ in range(arguments.rounds):
        try:
            ours.append(tessera_seconds(arguments, op))
        except subprocess.CalledProcessError as failure:
            print(f"tessera could not be run: {failure.stderr.strip()}", file=sys.stderr)
            return 1
        times = []
        for _ in range(3):
            begin = time.perf_counter()
            peer()
            times.append((time.perf_counter() - begin) / items)
        theirs.append(statistics.median(times))
    a, b = statistics.median(ours), statistics.median(theirs)
    print(json.dumps({"what": arguments.what, "precision": arguments.precision, "threads": arguments.threads, "rounds": arguments.rounds, "tessera_seconds": a, "tessera_spread": [min(ours), max(ours)],
                      "peer_seconds": b, "peer_spread": [min(theirs), max(theirs)], "ratio": b / a, "goal": GOALS[arguments.what]}, indent=2))
    return 0


if __name__ == "__main__":
    sys.exit(main())
