#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Times the tokens of a picture that a VILA-U draws with guidance, beside the same loop in plain PyTorch: the same random weights, one run of each side in turn.

    vila_u_peer.py FOLDER [--size small|7b] [--precision bf16|fp32] [--batch N]

Writes the checkpoint into FOLDER unless it is there: language model, projector, depth transformer and codebook of that size over the tower of the golden case, whose pictures are of 4 x 4 tokens.
Needs torch and safetensors (README.md beside this script) and the program tessera. Exit code 0 whoever is faster, 1 if a side could not be run, 2 for bad usage.
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
GOLDEN = ROOT / "tests" / "golden" / "vila_u" / "generate" / "model"
GOAL = 2.0
DEPTHS, TOKENS = 4, 15  # tokens after the first, as tessera bench --op generate times them
SIZES = {"small": dict(width=1024, hidden=2816, layers=24, heads=16, depth_width=640, depth_heads=10, depth_layers=4, codes=4096),
         "7b": dict(width=4096, hidden=11008, layers=32, heads=32, depth_width=2560, depth_heads=40, depth_layers=6, codes=16384)}
VOCABULARY, CODEWORD = 32004, 32


def write_checkpoint(folder, size):
    import torch
    from safetensors.torch import load_file, save_file
    if (folder / "config.json").exists():
        return
    generator = torch.Generator().manual_seed(7)
    rand = lambda *shape: (torch.empty(*shape).normal_(0, 0.02, generator=generator)).to(torch.bfloat16)
    ones = lambda *shape: torch.ones(*shape, dtype=torch.bfloat16)
    shutil.copytree(GOLDEN, folder, dirs_exist_ok=True)
    width, hidden = size["width"], size["hidden"]

    (folder / "llm" / "model.safetensors").unlink()
    shards, index = size["layers"] + 1, {}

    def shard(number, tensors):
        name = f"model-{number:05d}-of-{shards:05d}.safetensors"
        save_file(tensors, str(folder / "llm" / name), {"format": "pt"})
        index.update({key: name for key in tensors})

    for i in range(size["layers"]):
        p = f"model.layers.{i}."
        shard(i + 1, {p + f"self_attn.{n}_proj.weight": rand(width, width) for n in "qkvo"} | {
            p + "mlp.gate_proj.weight": rand(hidden, width), p + "mlp.up_proj.weight": rand(hidden, width), p + "mlp.down_proj.weight": rand(width, hidden),
            p + "input_layernorm.weight": ones(width), p + "post_attention_layernorm.weight": ones(width)})
    shard(shards, {"model.embed_tokens.weight": rand(VOCABULARY, width), "model.norm.weight": ones(width), "lm_head.weight": rand(VOCABULARY, width)})
    (folder / "llm" / "model.safetensors.index.json").write_text(json.dumps({"metadata": {}, "weight_map": index}))
    config = json.loads((folder / "llm" / "config.json").read_text())
    config |= dict(hidden_size=width, intermediate_size=hidden, num_hidden_layers=size["layers"], num_attention_heads=size["heads"], num_key_value_heads=size["heads"], vocab_size=VOCABULARY,
                   max_position_embeddings=4096, tokenizer_model_max_length=None)
    (folder / "llm" / "config.json").write_text(json.dumps(config))
    save_file({"layers.0.weight": rand(width, CODEWORD), "layers.0.bias": rand(width), "layers.2.weight": rand(width, width), "layers.2.bias": rand(width)}, str(folder / "mm_projector" / "model.safetensors"))

    e, tower = size["depth_width"], load_file(str(folder / "vision_tower" / "model.safetensors"))
    tensors = {k: v for k, v in tower.items() if not k.startswith(("rqtransformer.", "rqvaesiglip.quantizer."))}
    tensors["rqvaesiglip.quantizer.codebooks.0.weight"] = rand(size["codes"] + 1, CODEWORD)
    q = "rqtransformer."
    tensors |= {q + "in_mlp_1.weight": rand(e, CODEWORD), q + "in_mlp_1.bias": rand(e), q + "in_mlp_2.weight": rand(e, width), q + "in_mlp_2.bias": rand(e), q + "pos_emb_d": rand(1, DEPTHS, e),
                q + "classifier_mlp.layer_norm.weight": ones(e), q + "classifier_mlp.layer_norm.bias": rand(e), q + "classifier_mlp.linear.weight": rand(size["codes"], e), q + "classifier_mlp.linear.bias": rand(size["codes"])}
    for i in range(size["depth_layers"]):
        p = f"{q}head_transformer.blocks.{i}."
        for n in ("key", "query", "value", "proj"):
            tensors |= {p + f"attn.{n}.weight": rand(e, e), p + f"attn.{n}.bias": rand(e)}
        for n in ("ln1", "ln2"):
            tensors |= {p + f"{n}.weight": ones(e), p + f"{n}.bias": rand(e)}
        tensors |= {p + "mlp.0.weight": rand(4 * e, e), p + "mlp.0.bias": rand(4 * e), p + "mlp.2.weight": rand(e, 4 * e), p + "mlp.2.bias": rand(e)}
    save_file(tensors, str(folder / "vision_tower" / "model.safetensors"), {"format": "pt"})
    config = json.loads((folder / "vision_tower" / "config.json").read_text())
    config["rqvaesiglip"]["n_embed"] = size["codes"]
    config["rqtransformer"] |= dict(embed_dim=e, input_embed_dim_2=width, vocab_size=size["codes"], head={"n_layer": size["depth_layers"], "block": {"n_head": size["depth_heads"]}})
    (folder / "vision_tower" / "config.json").write_text(json.dumps(config))


def peer(folder, size, precision, batch, prompt=48):
    """The loop with caches for both transformers. Returns a function that gives the seconds of TOKENS tokens, after the prompt and the first token."""
    import torch
    import torch.nn.functional as F
    from safetensors.torch import load_file
    dtype = torch.bfloat16 if precision == "bf16" else torch.float32
    w = {}
    for part in ("llm", "mm_projector", "vision_tower"):
        for path in sorted((folder / part).glob("*.safetensors")):
            w |= {f"{part}.{k}": v.to(dtype) for k, v in load_file(str(path)).items()}
    heads, head, e, dheads = size["heads"], size["width"] // size["heads"], size["depth_width"], size["depth_heads"]
    rows, room = 2 * batch, prompt + TOKENS + 1
    frequency = 1.0 / 10000 ** (torch.arange(0, head, 2) / head)
    books = w["vision_tower.rqvaesiglip.quantizer.codebooks.0.weight"][:-1].float()

    def rms(x, weight):
        y = x.float()
        return (y * torch.rsqrt(y.pow(2).mean(-1, keepdim=True) + 1e-5)).to(dtype) * weight

    def turned(x, cos, sin):
        a, b = x.chunk(2, -1)
        return torch.cat((a * cos - b * sin, b * cos + a * sin), -1)

    def language(x, cache, start):
        n = x.shape[1]
        angles = (torch.arange(start, start + n) / 2)[:, None] * frequency
        cos, sin = angles.cos().to(dtype), angles.sin().to(dtype)
        for i, (keys, values) in enumerate(cache):
            p = f"llm.model.layers.{i}."
            y = rms(x, w[p + "input_layernorm.weight"])
            q, k, v = (F.linear(y, w[p + f"self_attn.{c}_proj.weight"]).unflatten(-1, (heads, head)).transpose(1, 2) for c in "qkv")
            keys[:, :, start:start + n], values[:, :, start:start + n] = turned(k, cos, sin), v
            y = F.scaled_dot_product_attention(turned(q, cos, sin), keys[:, :, :start + n], values[:, :, :start + n], is_causal=n > 1)
            x = x + F.linear(y.transpose(1, 2).flatten(2), w[p + "self_attn.o_proj.weight"])
            y = rms(x, w[p + "post_attention_layernorm.weight"])
            x = x + F.linear(F.silu(F.linear(y, w[p + "mlp.gate_proj.weight"])) * F.linear(y, w[p + "mlp.up_proj.weight"]), w[p + "mlp.down_proj.weight"])
        return rms(x, w["llm.model.norm.weight"])[:, -1]

    d = "vision_tower.rqtransformer."
    linear = lambda x, name: F.linear(x, w[name + ".weight"], w[name + ".bias"])
    norm = lambda x, name: F.layer_norm(x, (e,), w[name + ".weight"], w[name + ".bias"], 1e-5)

    def depth(x, cache, at):
        x = x[:, None] + w[d + "pos_emb_d"][:, at:at + 1]
        for i, (keys, values) in enumerate(cache):
            p = f"{d}head_transformer.blocks.{i}."
            y = norm(x, p + "ln1")
            q, k, v = (linear(y, p + "attn." + n).unflatten(-1, (dheads, e // dheads)).transpose(1, 2) for n in ("query", "key", "value"))
            keys[:, :, at:at + 1], values[:, :, at:at + 1] = k, v
            x = x + linear(F.scaled_dot_product_attention(q, keys[:, :, :at + 1], values[:, :, :at + 1]).transpose(1, 2).flatten(2), p + "attn.proj")
            x = x + linear(F.gelu(linear(norm(x, p + "ln2"), p + "mlp.0")), p + "mlp.2")
        return linear(norm(x, d + "classifier_mlp.layer_norm"), d + "classifier_mlp.linear")[:, 0].float()

    def draw(logits, top_k=900, top_p=0.96):
        with_prompt, without = logits.chunk(2)
        logits = without + 3 * (with_prompt - without)
        logits = logits.masked_fill(logits < logits.topk(min(top_k, logits.shape[1])).values[:, -1:], float("-inf"))
        p, order = logits.softmax(-1).sort(descending=True)
        p = p.masked_fill(p.cumsum(-1) - p > top_p, 0)
        return order.gather(1, torch.multinomial(p, 1))[:, 0]

    def token(hidden):
        cache = [(torch.empty(rows, dheads, DEPTHS, e // dheads, dtype=dtype), torch.empty(rows, dheads, DEPTHS, e // dheads, dtype=dtype)) for _ in range(size["depth_layers"])]
        x, sums = linear(hidden, d + "in_mlp_2"), 0
        for at in range(DEPTHS):
            sums = sums + books[draw(depth(x, cache, at))]
            if at + 1 < DEPTHS:
                x = linear(sums.repeat(2, 1).to(dtype), d + "in_mlp_1")
        return linear(F.gelu(linear(sums.repeat(2, 1).to(dtype), "mm_projector.layers.0")), "mm_projector.layers.2")[:, None]

    def run():
        with torch.inference_mode():
            cache = [(torch.empty(rows, heads, room, head, dtype=dtype), torch.empty(rows, heads, room, head, dtype=dtype)) for _ in range(size["layers"])]
            x = token(language(F.embedding(torch.randint(5, 400, (rows, prompt)), w["llm.model.embed_tokens.weight"]), cache, 0))
            begin = time.perf_counter()
            for i in range(TOKENS):
                x = token(language(x, cache, prompt + i))
            return time.perf_counter() - begin
    return run


def tessera_report(arguments):
    output = subprocess.run([str(arguments.tessera), "--json", "--precision", arguments.precision, "--threads", str(arguments.threads), "bench", "--model", str(arguments.folder), "--op", "generate",
                             "--batch", str(arguments.batch), "--runs", "3"], capture_output=True, text=True, check=True)
    return json.loads(output.stdout)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--size", choices=sorted(SIZES), default="small")
    parser.add_argument("--precision", choices=["bf16", "fp32"], default="bf16")
    parser.add_argument("--batch", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--only-write", action="store_true", help="write the checkpoint, time nothing")
    parser.add_argument("--tessera", type=pathlib.Path, default=ROOT / "build" / "release" / "app" / "cli" / "tessera")
    arguments = parser.parse_args()
    import torch
    torch.set_num_threads(arguments.threads)
    write_checkpoint(arguments.folder, SIZES[arguments.size])
    if arguments.only_write:
        return 0
    run = peer(arguments.folder, SIZES[arguments.size], arguments.precision, arguments.batch)
    run()
    ours, theirs = [], []
    for _ in range(arguments.rounds):
        try:
            ours.append(tessera_report(arguments))
        except subprocess.CalledProcessError as failure:
            print(f"tessera could not be run: {failure.stderr.strip()}", file=sys.stderr)
            return 1
        theirs.append(TOKENS * arguments.batch / statistics.median(run() for _ in range(3)))
    rates = [each["items_per_second"] for each in ours]
    print(json.dumps({"size": arguments.size, "precision": arguments.precision, "batch": arguments.batch, "threads": arguments.threads, "rounds": arguments.rounds,
                      "tessera_tokens_per_second": statistics.median(rates), "tessera_spread": [min(rates), max(rates)], "share_of_memory_limit": statistics.median(each["share_of_memory_limit"] for each in ours),
                      "peer_tokens_per_second": statistics.median(theirs), "peer_spread": [min(theirs), max(theirs)], "ratio": statistics.median(rates) / statistics.median(theirs), "goal": GOAL}, indent=2))
    return 0


if __name__ == "__main__":
    sys.exit(main())
