#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Times diffusers' AutoencoderKL on random pixels and prints one JSON document like `tessera bench --json`.

Encoding stops at the posterior's mean, as in `tessera bench`. Nothing is sampled. Needs torch and diffusers (see README.md).
"""
import argparse
import json
import resource
import statistics
import sys
import time


def peak_rss_bytes():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def parse():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", required=True, help="diffusers folder of an AutoencoderKL")
    parser.add_argument("--op", default="reconstruct", choices=["reconstruct", "encode", "decode"])
    parser.add_argument("--precision", default="fp32", choices=["fp32", "bf16"])
    parser.add_argument("--layout", default="default", choices=["default", "channels_last"])
    parser.add_argument("--compile", action="store_true", help="torch.compile the encoder and the decoder (needs a C++ compiler)")
    parser.add_argument("--size", type=int, default=256, help="side of the square image in pixels")
    parser.add_argument("--batch", type=int, default=1)
    parser.add_argument("--threads", type=int, default=0, help="0: as PyTorch chooses")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--warmups", type=int, default=2)
    parser.add_argument("--seed", type=int, default=0)
    return parser.parse_args()


def operation(args, model, torch):
    """The timed callable; its argument lives in the model's type and layout, as a pipeline would have it."""
    dtype = next(model.parameters()).dtype
    layout = torch.channels_last if args.layout == "channels_last" else torch.contiguous_format
    torch.manual_seed(args.seed)
    image = (torch.rand(args.batch, 3, args.size, args.size) * 2 - 1).to(dtype).contiguous(memory_format=layout)
    side = args.size // 2 ** (len(model.config.block_out_channels) - 1)
    latents = torch.randn(args.batch, model.config.latent_channels, side, side).to(dtype).contiguous(memory_format=layout)

    encode = lambda: model.encode(image).latent_dist.mean
    decode = lambda z: model.decode(z, return_dict=False)[0]
    if args.op == "encode":
        return encode
    if args.op == "decode":
        return lambda: decode(latents)
    return lambda: decode(encode())


def main():
    args = parse()
    try:
        import torch
        import diffusers
        from diffusers import AutoencoderKL
    except ImportError as error:
        sys.exit(f"autoencoder_peer: {error}; see README.md beside this script for the packages")
    after_import = peak_rss_bytes()
    if args.threads:
        torch.set_num_threads(args.threads)

    dtype = torch.bfloat16 if args.precision == "bf16" else torch.float32
    model = AutoencoderKL.from_pretrained(args.model, torch_dtype=dtype).eval()
    if args.layout == "channels_last":
        model = model.to(memory_format=torch.channels_last)
    if args.compile:
        model.encoder = torch.compile(model.encoder)
        model.decoder = torch.compile(model.decoder)
    after_load = peak_rss_bytes()

    seconds = []
    with torch.inference_mode():
        run = operation(args, model, torch)
        for i in range(-args.warmups, args.runs):
            start = time.perf_counter()
            result = run()
            result.flatten()[0].item()
            if i >= 0:
                seconds.append(time.perf_counter() - start)
    if not bool(torch.isfinite(result).all()):
        sys.exit("autoencoder_peer: the result is not finite, so its time means nothing; check the checkpoint")

    median = statistics.median(seconds)
    print(json.dumps({
        "op": args.op,
        "model": args.model,
        "device": f"CPU, {torch.get_num_threads()} threads",
        "precision": args.precision,
        "layout": args.layout + (", compiled" if args.compile else ""),
        "size": args.size,
        "batch": args.batch,
        "runs": args.runs,
        "seconds": {"median": median, "min": min(seconds), "max": max(seconds)},
        "items_per_second": args.batch / median,
        "peak_rss_bytes": peak_rss_bytes(),
        "rss_after_import_bytes": after_import,
        "rss_after_load_bytes": after_load,
        "versions": {"python": sys.version.split()[0], "torch": torch.__version__, "diffusers": diffusers.__version__},
    }, indent=2))


if __name__ == "__main__":
    main()
