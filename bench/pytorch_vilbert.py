"""ViLBERT with its VQA classifier in plain PyTorch: eager float32 and dynamic int8, for bench/run.sh's scoring section.

Started with a safetensors file of the weights, one of a batch's inputs, and the numbers of layers as JSON. Reads commands, a line each:
`run NAME THREADS` scores the batch once, `scores NAME` also prints the probabilities; NAME is float32 or int8.
"""
import json
import math
import struct
import sys
import warnings

import torch
from torch import nn
from torch.nn import functional as F

TYPES = {"F32": torch.float32, "I64": torch.int64}


def read(path):
    with open(path, "rb") as file:
        size = struct.unpack("<Q", file.read(8))[0]
        heads = json.loads(file.read(size))
        data = bytearray(file.read())
    heads.pop("__metadata__", None)
    return {
        name: torch.frombuffer(data, dtype=TYPES[head["dtype"]], count=math.prod(head["shape"]), offset=head["data_offsets"][0]).reshape(head["shape"])
        for name, head in heads.items()
    }


class ViLbert(nn.Module):
    def __init__(self, weights, plan):
        super().__init__()
        self.plan, self.weights = plan, weights
        self.parts = nn.ModuleDict()
        for name in (name[: -len(".weight")] for name in weights if name.endswith(".weight") and name[:-6] + "bias" in weights):
            weight, bias = weights[name + ".weight"], weights[name + ".bias"]
            part = nn.Linear(*reversed(weight.shape)) if weight.dim() == 2 else nn.LayerNorm(weight.shape, 1e-12)
            part.weight, part.bias = nn.Parameter(weight), nn.Parameter(bias)
            self.parts[name.replace(".", "/")] = part

    def of(self, name, x):
        return self.parts[name.replace(".", "/")](x)

    def attend(self, query, key, value, mask, heads):
        query, key, value = (x.view(*x.shape[:2], heads, -1).transpose(1, 2) for x in (query, key, value))
        found = torch.softmax(query @ key.transpose(2, 3) / math.sqrt(query.shape[3]) + mask, -1) @ value
        return found.transpose(1, 2).flatten(2)

    def forward_part(self, x, inner, outer):
        return self.of(outer + ".LayerNorm", self.of(outer + ".dense", F.gelu(self.of(inner + ".dense", x))) + x)

    def layer(self, x, mask, name, heads):
        own = name + ".attention.self."
        found = self.attend(*(self.of(own + part, x) for part in ("query", "key", "value")), mask, heads)
        x = self.of(name + ".attention.output.LayerNorm", self.of(name + ".attention.output.dense", found) + x)
        return self.forward_part(x, name + ".intermediate", name + ".output")

    def connect(self, text, text_mask, image, image_mask, k):
        name = f"bert.encoder.c_layer.{k}."
        of, heads = lambda x, part: self.of(f"{name}biattention.{part}", x), self.plan["coAttentionHeads"]
        to_text = self.attend(of(text, "query2"), of(image, "key1"), of(image, "value1"), image_mask, heads)
        to_image = self.attend(of(image, "query1"), of(text, "key2"), of(text, "value2"), text_mask, heads)
        image = self.of(name + "biOutput.LayerNorm1", self.of(name + "biOutput.dense1", to_image) + image)
        text = self.of(name + "biOutput.LayerNorm2", self.of(name + "biOutput.dense2", to_text) + text)
        parts = ((text, "t"), (image, "v"))
        return [self.forward_part(x, f"{name}{side}_intermediate", f"{name}{side}_output") for x, side in parts]

    def forward(self, ids, types, textMask, features, locations, imageMask):
        table = lambda name, rows: F.embedding(rows, self.weights[f"bert.embeddings.{name}_embeddings.weight"])
        text = table("word", ids) + table("position", torch.arange(ids.shape[1])) + table("token_type", types)
        text = self.of("bert.embeddings.LayerNorm", text)
        image = "bert.v_embeddings."
        image = self.of(image + "LayerNorm", self.of(image + "image_embeddings", features) + self.of(image + "image_location_embeddings", locations))
        t = v = 0
        for k, (texts, images) in enumerate(zip(self.plan["textBefore"] + [None], self.plan["imageBefore"] + [None])):
            last = texts is None
            for t in range(t, self.plan["textLayers"] if last else texts):
                text = self.layer(text, textMask, f"bert.encoder.layer.{t}", self.plan["textHeads"])
            for v in range(v, self.plan["imageLayers"] if last else images):
                image = self.layer(image, imageMask, f"bert.encoder.v_layer.{v}", self.plan["imageHeads"])
            t, v = texts, images
            if not last:
                text, image = self.connect(text, textMask, image, imageMask, k)
        joint = F.relu(self.of("bert.t_pooler.dense", text[:, 0])) * F.relu(self.of("bert.v_pooler.dense", image[:, 0]))
        joint = self.of("vil_prediction.logit_fc.2", F.gelu(self.of("vil_prediction.logit_fc.0", joint)))
        return torch.sigmoid(self.of("vil_prediction.logit_fc.3", joint))


def main():
    warnings.filterwarnings("ignore")
    model = ViLbert(read(sys.argv[1]), json.loads(sys.argv[3])).eval()
    batch = read(sys.argv[2])
    if "onednn" in torch.backends.quantized.supported_engines:
        torch.backends.quantized.engine = "onednn"
    if "fbgemm" in torch.backends.quantized.supported_engines:
        torch.backends.quantized.engine = "fbgemm"
    models = {"float32": model, "int8": torch.quantization.quantize_dynamic(model, {nn.Linear}, dtype=torch.qint8)}
    print(torch.__version__, torch.backends.quantized.engine, flush=True)
    with torch.no_grad():
        for command, name, *threads in map(str.split, sys.stdin):
            if threads:
                torch.set_num_threads(int(threads[0]))
            scores = models[name](**batch)
            print(json.dumps(scores.flatten().tolist() if command == "scores" else len(scores)), flush=True)


main()
