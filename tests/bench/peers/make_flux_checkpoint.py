#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes an autoencoder of FLUX.1's size with random weights (335 MB, fp32) as a diffusers folder.

Weights are PyTorch's default initialisation from a fixed seed: activations stay within a few units, so bf16 behaves as it does
on trained weights. Needs torch and diffusers (see README.md).
"""
import argparse
import pathlib
import sys

# The published configuration of FLUX.1's vae/config.json.
CONFIG = dict(
    in_channels=3,
    out_channels=3,
    down_block_types=("DownEncoderBlock2D",) * 4,
    up_block_types=("UpDecoderBlock2D",) * 4,
    block_out_channels=(128, 256, 512, 512),
    layers_per_block=2,
    act_fn="silu",
    latent_channels=16,
    norm_num_groups=32,
    sample_size=1024,
    scaling_factor=0.3611,
    shift_factor=0.1159,
    use_quant_conv=False,
    use_post_quant_conv=False,
    mid_block_add_attention=True,
)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=pathlib.Path, help="where to write config.json and diffusion_pytorch_model.safetensors")
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()

    try:
        import torch
        from diffusers import AutoencoderKL
    except ImportError as error:
        sys.exit(f"make_flux_checkpoint: {error}; see README.md beside this script for the packages")

    torch.manual_seed(args.seed)
    model = AutoencoderKL(**CONFIG).eval()
    model.save_pretrained(args.folder, safe_serialization=True)
    count = sum(p.numel() for p in model.parameters())
    print(f"{args.folder}: {count:,} parameters, {count * 4 / 1e6:.0f} MB, seed {args.seed}")


if __name__ == "__main__":
    main()
