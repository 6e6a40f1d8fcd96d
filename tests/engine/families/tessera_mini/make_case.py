#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Records this folder's case: a tiny tessera-mini of random weights, and what PyTorch computes of it by the program that the studio copies
(resources/python/families/tessera_mini.py.in), which shares no code with the engine.

  pip install torch safetensors tokenizers && python3 make_case.py
"""
import json
import math
import pathlib

import torch
from safetensors.torch import save_file

here = pathlib.Path(__file__).resolve().parent
templates = here.parents[3] / "resources" / "python"
folder = here / "model"
folder.mkdir(exist_ok=True)
torch.manual_seed(5)

words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "red", "apple", "cat", "##s", "a", "of"]
config = {
    "format": "tessera-mini",
    "version": 1,
    "autoencoder": {"latent_channels": 4, "downsample": 8, "widths": [4, 8], "encoder_depths": [1, 1], "decoder_depths": [1, 1], "norm_groups": 2, "norm_eps": 1e-5},
    "patch": 2,
    "encoder": {"layers": 1, "width": 16, "heads": 2, "hidden": 24},
    "decoder": {"layers": 2, "width": 8, "heads": 1, "hidden": 12},
    "semantic": {"layers": 1, "width": 8, "heads": 2, "hidden": 8, "embedding": 6},
    "quantizer": {"depths": 3, "codebook_size": 8},
    "text": {"vocabulary": len(words), "context": 6, "layers": 2, "width": 8, "heads": 2, "hidden": 16, "end": 3},
}
(folder / "config.json").write_text(json.dumps(config, indent=1) + "\n")
special = [{"id": i, "content": words[i], "single_word": False, "lstrip": False, "rstrip": False, "normalized": False, "special": True} for i in range(4)]
end = {"SpecialToken": {"id": "[SEP]", "type_id": 0}}
tokenizer = {
    "version": "1.0", "truncation": None, "padding": None, "added_tokens": special,
    "normalizer": {"type": "BertNormalizer", "clean_text": True, "handle_chinese_chars": True, "strip_accents": None, "lowercase": True},
    "pre_tokenizer": {"type": "BertPreTokenizer"},
    "post_processor": {"type": "TemplateProcessing", "single": [{"Sequence": {"id": "A", "type_id": 0}}, end], "pair": [{"Sequence": {"id": "A", "type_id": 0}}, end],
                       "special_tokens": {"[SEP]": {"id": "[SEP]", "ids": [3], "tokens": ["[SEP]"]}}},
    "decoder": {"type": "WordPiece", "prefix": "##", "cleanup": False},
    "model": {"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##", "max_input_chars_per_word": 100, "vocab": {word: i for i, word in enumerate(words)}},
}
(folder / "tokenizer.json").write_text(json.dumps(tokenizer, indent=1) + "\n")

part = (templates / "parts" / "tessera_autoencoder.py.in").read_text()
family = (templates / "families" / "tessera_mini.py.in").read_text()
program = "\n".join(line for line in (part + family).splitlines() if not line.startswith("#!")).replace("@MODEL@", repr(str(folder)))
classes, rest = program[: program.index("\ntensors = {")], program[program.index("\ntensors = {"):]
names = {"torch": torch, "math": math}
exec(classes, names)  # the networks without weights

z, tokens = 4, 16
fresh = names["nn"].ModuleDict({
    "autoencoder": names["nn"].ModuleDict({"encoder": names["Encoder"](config["autoencoder"]), "decoder": names["Decoder"](config["autoencoder"])}),
    "tokenizer": names["nn"].ModuleDict({"encoder": names["Stack"](config["encoder"], tokens), "decoder": names["Stack"](config["decoder"], tokens)}),
    "semantic": names["Stack"](config["semantic"], 6), "text": names["Text"](config["text"], 6)})
tensors = {name: torch.randn(value.shape) * (0.3 if value.dim() < 2 else 1.2 / math.sqrt(value[0].numel())) + (1 if name.endswith(("norm.weight", "norm1.weight", "norm2.weight")) else 0)
           for name, value in fresh.state_dict().items()}
tensors["quantizer.codebooks"] = torch.randn(3, 8, tokens) * torch.tensor([1.0, 0.6, 0.4])[:, None, None]
tensors["scale"] = torch.rand(z) + 0.5
tensors["logit_scale"], tensors["logit_bias"] = torch.tensor(2.0), torch.tensor(-3.0)
save_file({name: tensor.half().contiguous() for name, tensor in tensors.items()}, folder / "model.safetensors", {"format": "pt"})

exec(rest, names)
image, noise = torch.rand(2, 3, 32, 48), torch.randn(2, tokens, 2, 3)
strength = torch.tensor([0.3, 1.5])
texts = ["red apple", "a cat"]
with torch.inference_mode():
    latents = names["encode"](image)
    codes = names["quantize"](latents)
    texts_out = names["text_vectors"](texts)
    dense = names["dense"](image, "tokens")
    images_out = dense.mean((1, 2))
    unit = torch.nn.functional.normalize
    logits = names["scale"] * unit(images_out, dim=-1) @ unit(texts_out, dim=-1).T + names["bias"]
    reference = {
        "in.image": image, "in.noise": noise, "in.noise_strength": strength, "in.input_ids": torch.tensor([[4, 5, 3], [8, 6, 3]]),
        "out.latents": latents, "out.codes": codes, "out.quantized": names["embed"](codes), "out.reconstruction": names["decode"](latents),
        "out.text_embedding": unit(texts_out, dim=-1), "out.image_embedding": unit(images_out, dim=-1), "out.logits_per_image": logits,
        "out.dense.tokens": unit(dense, dim=-1).flatten(1, 2), "out.reconstruction.depth1": names["picture"](names["embed"](codes, 0, 2)),
    }
save_file({name: tensor.contiguous() for name, tensor in reference.items()}, here / "reference.safetensors")
(here / "case.json").write_text(json.dumps({"family": "tessera_mini", "upstream": "make_case.py", "texts": texts, "tolerance": {"abs": 1e-4, "rel": 1e-3}}, indent=1) + "\n")
